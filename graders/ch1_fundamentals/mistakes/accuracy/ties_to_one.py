"""Ties given to class 1.

A probability of exactly 0.5 counts as class 1 here. Class 1 needs a probability greater than 0.5. (`torch.round` also
sends 0.5 to 0, but by a different rule: to the even number.)
"""

FAILS = ("ties",)


def accuracy(data, labels, weights, bias):
    with torch.no_grad():
        return ((predict(data, weights, bias) >= 0.5) == (labels > 0.5)).double().mean().item()
