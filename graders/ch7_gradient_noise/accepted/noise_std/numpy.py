"""The root taken by numpy, whose float64 is a Python float, and errors that name no argument."""

import numpy as np


def noise_std(step, eta=0.3, gamma=0.55):
    if min(step, eta) < 0:
        raise ValueError
    return np.sqrt(eta * (step + 1.0) ** -gamma)
