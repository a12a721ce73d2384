"""Minus forgotten.

This is 1 / (1 + exp(x)): the mirror image. It falls where it should rise. Look at the sign in the exponent.
"""

FAILS = ("values_and_gradient",)


def sigmoid(x):
    return 1 / (1 + torch.exp(x))
