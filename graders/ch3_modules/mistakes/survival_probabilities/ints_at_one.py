"""Ints where final is 1.

A list such as `[1] * depth` holds ints, and the other calls return floats: the result should always have the same type.
Without the special case the formula gives 1.0 for every layer.
Read: numeric types of Python · https://docs.python.org/3/library/stdtypes.html#typesnumeric
"""

FAILS = ("list_of_floats",)


def survival_probabilities(depth, final=0.5):
    if final == 1:
        return [1] * depth
    return [1.0 - layer / depth * (1.0 - final) for layer in range(1, depth + 1)]
