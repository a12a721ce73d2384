"""Overflow.

exp of a large number is infinite, and ∞ / ∞ is not a number. Subtract the largest number along the dimension first: the
result is the same on paper, and no exponent is above 0.
"""

FAILS = ("large_numbers",)


def softmax(x, dim):
    powers = torch.exp(x)
    return powers / powers.sum(dim=dim, keepdim=True)
