"""Fails for a single layer.

The step between two layers is computed by dividing by depth − 1. With one layer that is zero. The formula divides by
depth, and works for one layer too.
"""

FAILS = ("one_layer",)


def survival_probabilities(depth, final=0.5):
    first = 1.0 - (1.0 - final) / depth
    step = (first - final) / (depth - 1)
    return [first - step * layer for layer in range(depth)]
