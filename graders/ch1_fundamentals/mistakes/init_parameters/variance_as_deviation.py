"""A standard deviation of 0.0001.

The numbers are a hundred times smaller than they should be. N(0, 0.01²) names the variance, which is 0.0001. What you
multiply standard normal numbers by is the standard deviation: its root, 0.01.
"""

FAILS = ("distribution",)


def init_parameters():
    return torch.randn(2, 1) * 0.01**2, torch.randn(1) * 0.01**2
