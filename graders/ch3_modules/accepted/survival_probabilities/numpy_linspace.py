"""numpy's linspace: its float64 numbers are Python floats."""

import numpy as np


def survival_probabilities(depth, final=0.5):
    return list(np.linspace(1.0, final, depth + 1)[1:])
