"""The noise grows.

The noise becomes larger with each step: (1 + step)^gamma multiplies, where it should divide. Annealing means
cooling.
"""

FAILS = ("formula", "ends")


def noise_std(step, eta=0.3, gamma=0.55):
    if step < 0:
        raise ValueError(f"step must not be negative, got {step}")
    if eta < 0:
        raise ValueError(f"eta must not be negative, got {eta}")
    return math.sqrt(eta * (1 + step) ** gamma)
