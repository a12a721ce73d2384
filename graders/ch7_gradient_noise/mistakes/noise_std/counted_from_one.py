"""Counted from one.

The noise at each step is that of the step after it: 2 + step appears where 1 + step should. Steps are counted from 0.
"""

FAILS = (
    "formula",
    "first_step",
)


def noise_std(step, eta=0.3, gamma=0.55):
    if step < 0:
        raise ValueError(f"step must not be negative, got {step}")
    if eta < 0:
        raise ValueError(f"eta must not be negative, got {eta}")
    return math.sqrt(eta / (2 + step) ** gamma)
