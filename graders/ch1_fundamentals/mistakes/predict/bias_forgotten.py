"""Bias forgotten.

The numbers are those of the weights alone. Without the bias the line must run through the origin.
"""

FAILS = ("values",)


def predict(x, weights, bias):
    return sigmoid(x @ weights).squeeze(1)
