"""Ties counted as half right.

A point with a probability of exactly 0.5 counts as half right. It is class 0, because 0.5 is not greater than 0.5, so
it is right or wrong like any other.
"""

FAILS = ("ties",)


def accuracy(data, labels, weights, bias):
    with torch.no_grad():
        p = predict(data, weights, bias)
        right = ((p > 0.5) == (labels > 0.5)).double()
        return torch.where(p == 0.5, 0.5, right).mean().item()
