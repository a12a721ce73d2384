"""The variance, not its root.

The result is the variance, eta / (1 + step)^gamma. What numbers are multiplied by is the standard deviation: its
square root. At eta = 1 and step 0 the two are equal, so the mistake hides well.
"""

FAILS = ("formula",)


def noise_std(step, eta=0.3, gamma=0.55):
    if step < 0:
        raise ValueError(f"step must not be negative, got {step}")
    if eta < 0:
        raise ValueError(f"eta must not be negative, got {eta}")
    return eta / (1 + step) ** gamma
