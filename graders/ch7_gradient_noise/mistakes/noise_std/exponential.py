"""Fades exponentially.

The noise fades like exp(−gamma · step). After a hundred steps nothing is left. In the paper it fades with a power
of 1 + step, slowly.
"""

FAILS = ("formula",)


def noise_std(step, eta=0.3, gamma=0.55):
    if step < 0:
        raise ValueError(f"step must not be negative, got {step}")
    if eta < 0:
        raise ValueError(f"eta must not be negative, got {eta}")
    return math.sqrt(eta * math.exp(-gamma * step))
