"""Rounded to two digits.

The share is rounded, so it is only nearly right: 2 of 3 points are not 0.67 of them. Return the number as it is, and
round where it is printed.
"""

FAILS = ("share",)


def accuracy(data, labels, weights, bias):
    chosen = predict(data, weights, bias) > 0.5
    return round((chosen == labels).double().mean().item(), 2)
