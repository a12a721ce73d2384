"""Weights without their second dimension.

The weights have shape (2,). They should have shape (2, 1): two inputs, one output, so that `x @ weights` is a matrix
product with one column.
"""

FAILS = ("form",)


def init_parameters():
    return torch.randn(2) * 0.01, torch.randn(1) * 0.01
