"""One number too many: that of the input.

There are depth + 1 numbers, and the first is 1. It belongs to layer 0, which is the input. The layers are counted from
1.
"""

FAILS = ("straight_line",)


def survival_probabilities(depth, final=0.5):
    return [float(1 - l / depth * (1 - final)) for l in range(depth + 1)]
