"""Overflow on one side.

exp(x) / (1 + exp(x)) is the same function on paper. For a large x the numerator and the denominator are both
infinite, and ∞ / ∞ is nan. Use a form in which nothing infinite is divided by anything infinite.
"""

FAILS = ("far_values",)


def sigmoid(x):
    return torch.exp(x) / (1 + torch.exp(x))
