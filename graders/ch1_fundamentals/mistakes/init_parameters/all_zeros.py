"""Zeros everywhere.

Every entry is 0. For this small model training would still work from there, but the text asks for small random numbers,
and larger networks need them: weights that start equal stay equal.
"""

FAILS = ("distribution", "independent")


def init_parameters():
    return torch.zeros(2, 1), torch.zeros(1)
