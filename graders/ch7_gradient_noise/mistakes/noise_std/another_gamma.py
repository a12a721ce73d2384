"""A different default.

With eta and gamma left out the result differs: they default to 0.3 and 0.55.
"""

FAILS = ("defaults",)


def noise_std(step, eta=1.0, gamma=0.55):
    if step < 0:
        raise ValueError(f"step must not be negative, got {step}")
    if eta < 0:
        raise ValueError(f"eta must not be negative, got {eta}")
    return math.sqrt(eta / (1 + step) ** gamma)
