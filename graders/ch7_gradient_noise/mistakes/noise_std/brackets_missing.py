"""Brackets missing.

These are the values of √(eta + step^gamma): eta is divided by 1, and the rest is added, so the noise grows with each
step. Python divides before it adds. Put brackets around 1 + step.
"""

FAILS = ("formula",)


def noise_std(step, eta=0.3, gamma=0.55):
    if step < 0 or eta < 0:
        raise ValueError("step and eta must not be negative")
    return math.sqrt(eta / 1 + step**gamma)
