"""Squared.

Doubling is not squaring.
"""

FAILS = ("values", "float32")


def double(x):
    return x * x
