"""Stretched from 1 to final.

The first layer has probability 1 and the last has `final`. So the steps are 1/(depth − 1), and the first layer is never
dropped. In the formula the first layer is l = 1 of depth: even that one may be dropped, and the steps are 1/depth of
the way.
"""

FAILS = ("straight_line",)


def survival_probabilities(depth, final=0.5):
    if depth == 1:
        return [final]
    return [1.0 - layer / (depth - 1) * (1.0 - final) for layer in range(depth)]
