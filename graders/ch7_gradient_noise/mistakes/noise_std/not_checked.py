"""Negative arguments accepted.

A negative step or eta raises no ValueError of yours. Check them first, and name the argument in the message.
"""

FAILS = ("negative_arguments",)


def noise_std(step, eta=0.3, gamma=0.55):
    return math.sqrt(abs(eta) / max(1 + step, 1) ** gamma)
