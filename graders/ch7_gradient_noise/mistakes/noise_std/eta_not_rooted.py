"""Square root of (1 + step)^gamma only.

The root was taken of (1 + step)^gamma alone. It covers the whole fraction, eta too.
"""

FAILS = ("formula", "ends")


def noise_std(step, eta=0.3, gamma=0.55):
    if step < 0:
        raise ValueError(f"step must not be negative, got {step}")
    if eta < 0:
        raise ValueError(f"eta must not be negative, got {eta}")
    return eta / math.sqrt((1 + step) ** gamma)
