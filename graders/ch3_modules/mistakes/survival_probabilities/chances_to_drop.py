"""Probabilities of being dropped.

These are the probabilities that a layer is *dropped*. What is asked for is the probability that it survives: 1
minus that.
"""

FAILS = ("straight_line",)


def survival_probabilities(depth, final=0.5):
    return [layer / depth * (1.0 - final) for layer in range(1, depth + 1)]
