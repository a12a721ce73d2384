"""Divided by the sum of everything.

The whole result adds up to 1, not each row. Give `sum` the dimension, and keepdim=True.
"""

FAILS = ("values_and_gradient", "large_numbers", "masked")


def softmax(x, dim):
    powers = torch.exp(x - x.amax(dim=dim, keepdim=True))
    return powers / powers.sum()
