"""1 + exp(−x), not 1 divided by it.

These are the values of 1 + exp(−x). Most often a pair of brackets is missing: `1 / 1 + torch.exp(-x)` divides 1 by 1,
and then adds. Put brackets around the whole sum.
"""

FAILS = ("values_and_gradient",)


def sigmoid(x):
    return 1 / 1 + torch.exp(-x)
