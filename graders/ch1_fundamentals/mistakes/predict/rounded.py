"""Rounded.

The result is 0 or 1. `predict` gives the probability; the decision comes later, in `accuracy`. Rounding has no slope,
so nothing could be learnt from it.
"""

FAILS = ("values",)


def predict(x, weights, bias):
    return torch.round(sigmoid(x @ weights + bias).squeeze(1))
