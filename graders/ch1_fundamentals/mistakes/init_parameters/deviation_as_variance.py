"""A standard deviation of 0.1.

The numbers are ten times as large as they should be. 0.1 is the square root of 0.01, but no root is needed: in N(0,
0.01²) the square is already written out. 0.01² is the variance, and 0.01 the standard deviation.
"""

FAILS = ("distribution",)


def init_parameters():
    return torch.randn(2, 1) * 0.01**0.5, torch.randn(1) * 0.01**0.5
