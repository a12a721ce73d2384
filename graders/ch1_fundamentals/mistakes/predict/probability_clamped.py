"""Probability clamped.

The probabilities are kept away from 0 and 1. That changes them, and cuts the gradient of every point the model is sure
of, even where it is wrong. Protection from log 0 belongs in the loss.
"""

FAILS = ("values",)


def predict(x, weights, bias):
    return sigmoid(x @ weights + bias).squeeze(1).clamp(1e-7, 1 - 1e-7)
