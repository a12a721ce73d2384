"""Input overwritten.

The input holds other numbers after the call. Functions whose names end in an underscore, and operators such as `-=`,
work in place. The input belongs to the caller: compute a new tensor.
"""

FAILS = ("values_and_gradient",)


def sigmoid(x):
    with torch.no_grad():
        x.neg_()
    return 1 / (1 + torch.exp(x))
