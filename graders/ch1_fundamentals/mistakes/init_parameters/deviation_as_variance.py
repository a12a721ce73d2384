"""Square root of the standard deviation.

The spread is that of a standard deviation of 0.1. In N(0, 0.01²) the square is already written out: 0.01² is the
variance and 0.01 the standard deviation. No root is needed.
"""

FAILS = ("distribution",)


def init_parameters():
    return torch.randn(2, 1) * 0.01**0.5, torch.randn(1) * 0.01**0.5
