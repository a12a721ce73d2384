"""Variance used as standard deviation.

The spread is that of a standard deviation of 0.0001. N(0, 0.01²) names the variance: its standard deviation, which is
what you multiply standard normal numbers by, is 0.01.
"""

FAILS = ("distribution",)


def init_parameters():
    return torch.randn(2, 1) * 0.01**2, torch.randn(1) * 0.01**2
