"""The same for all layers.

Every layer gets `final`. The probability should fall on a straight line, from near 1 for the first layer to `final`
for the last.
"""

FAILS = ("straight_line",)


def survival_probabilities(depth, final=0.5):
    return [float(final)] * depth
