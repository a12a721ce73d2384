"""Changed in place.

The input is the caller's.
"""

FAILS = ("values",)


def double(x):
    with torch.no_grad():
        x *= 2
    return x * 1
