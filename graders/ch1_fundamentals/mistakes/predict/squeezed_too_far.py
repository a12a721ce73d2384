"""Squeezed too far.

`squeeze()` without a dimension removes every dimension of size 1. For a single point that removes the points'
dimension too. Say which dimension you mean.
"""

FAILS = ("one_point",)


def predict(x, weights, bias):
    return sigmoid(x @ weights + bias).squeeze()
