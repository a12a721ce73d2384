"""Hardly any point counts as right.

The share is 0, though many points are classified right. Most often the probability itself is compared with the label:
0.93 is not equal to 1, however near it is. Decide first, with `> 0.5`, and compare the decision.
"""

FAILS = ("share",)


def accuracy(data, labels, weights, bias):
    return (predict(data, weights, bias) == labels).double().mean().item()
