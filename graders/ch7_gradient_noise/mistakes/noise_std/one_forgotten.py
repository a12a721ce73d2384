"""Without the 1 in 1 + step.

The noise at each step is that of the step before it: the fraction has step where it should have 1 + step. At step 0
that divides by zero, or the first step counts twice.
"""

FAILS = ("formula",)


def noise_std(step, eta=0.3, gamma=0.55):
    if step < 0:
        raise ValueError(f"step must not be negative, got {step}")
    if eta < 0:
        raise ValueError(f"eta must not be negative, got {eta}")
    return math.sqrt(eta / max(step, 1) ** gamma)
