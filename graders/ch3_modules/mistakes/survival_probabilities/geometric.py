"""A curve instead of a line.

Each probability is the one before it times a constant. The last value is right, but those between lie too low: the
decay should be linear, by the same *difference* from layer to layer.
"""

FAILS = ("straight_line",)


def survival_probabilities(depth, final=0.5):
    return [float(final ** (layer / depth)) for layer in range(1, depth + 1)]
