"""Square root of eta only.

The root was taken of eta alone. It covers the whole fraction; for the noise's size the exponent is gamma / 2.
"""

FAILS = ("formula",)


def noise_std(step, eta=0.3, gamma=0.55):
    if step < 0:
        raise ValueError(f"step must not be negative, got {step}")
    if eta < 0:
        raise ValueError(f"eta must not be negative, got {eta}")
    return math.sqrt(eta) / (1 + step) ** gamma
