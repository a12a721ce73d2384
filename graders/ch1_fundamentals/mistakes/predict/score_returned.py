"""Score, not probability.

These are the scores x·w + b. A probability lies between 0 and 1: the sigmoid is missing.
"""

FAILS = ("values",)


def predict(x, weights, bias):
    return (x @ weights + bias).squeeze(1)
