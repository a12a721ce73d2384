"""Rising instead of falling.

The probabilities come in the reverse order: the first layer is dropped most often. The first layers are the ones
that all others build on, so they should nearly always be there, and the last one has probability `final`.
"""

FAILS = ("straight_line",)


def survival_probabilities(depth, final=0.5):
    return [1.0 - layer / depth * (1.0 - final) for layer in range(depth, 0, -1)]
