"""Bias of zero.

The bias is always zero. Often that is a good start, but here every entry should be drawn at random, the bias too.
"""

FAILS = ("distribution",)


def init_parameters():
    return torch.randn(2, 1) * 0.01, torch.zeros(1)
