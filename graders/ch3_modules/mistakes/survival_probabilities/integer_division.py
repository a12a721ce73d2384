"""Only the last layer drops.

All layers have probability 1, except the last. Most often `//` is the cause: it rounds l / depth down, to 0 for every l
below depth. Divide with `/`.
Read: arithmetic operators · https://docs.python.org/3/library/stdtypes.html#numeric-types-int-float-complex
"""

FAILS = ("straight_line",)


def survival_probabilities(depth, final=0.5):
    return [float(1 - l // depth * (1 - final)) for l in range(1, depth + 1)]
