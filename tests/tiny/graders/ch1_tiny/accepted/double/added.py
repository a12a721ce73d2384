"""The same by addition."""


def double(x):
    if not len(x):
        raise ValueError("x must hold something")
    return x + x
