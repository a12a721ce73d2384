"""Counted from 0.

The layers are counted l = 0, 1, …, depth − 1. So the first one gets probability 1 and is never dropped, and the
last one does not reach `final`. In the paper layer 0 is the input; the layers are l = 1 … depth.
Read: range · https://docs.python.org/3/library/functions.html#func-range
"""

FAILS = ("straight_line",)


def survival_probabilities(depth, final=0.5):
    return [1.0 - layer / depth * (1.0 - final) for layer in range(depth)]
