"""final has no effect.

The line falls to 0.5, whatever `final` is. Use the argument.
"""

FAILS = ("straight_line",)


def survival_probabilities(depth, final=0.5):
    return [float(1 - l / depth * (1 - 0.5)) for l in range(1, depth + 1)]
