"""Shapes that differ are accepted.

Shapes that differ are broadcast where that is possible. (5, 1) against (5,) becomes 25 pairs, of which only 5 mean
anything, and no error tells you. Compare the shapes first, and raise a ValueError if they differ.
Read: broadcasting · https://docs.pytorch.org/docs/stable/notes/broadcasting.html
"""

FAILS = ("unequal_shapes",)


def mean_squared_error(prediction, target):
    return (prediction - target).square().mean()
