"""eta has no effect.

The noise is that of the default eta, 0.3, whatever eta is given. Use the argument.
"""

FAILS = ("formula",)


def noise_std(step, eta=0.3, gamma=0.55):
    if step < 0 or eta < 0:
        raise ValueError("step and eta must not be negative")
    return math.sqrt(0.3 / (1 + step) ** gamma)
