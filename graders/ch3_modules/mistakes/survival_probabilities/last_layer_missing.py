"""The last layer is missing.

There are depth − 1 numbers, and `final` is not among them. `range(1, depth)` stops before depth.
Read: range · https://docs.python.org/3/library/functions.html#func-range
"""

FAILS = ("straight_line",)


def survival_probabilities(depth, final=0.5):
    return [float(1 - l / depth * (1 - final)) for l in range(1, depth)]
