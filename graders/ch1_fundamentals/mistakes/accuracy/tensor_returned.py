"""A tensor, not a float.

The result is a 0-dim tensor. Take the number out of it with `.item()` or `float(…)`.
"""

FAILS = ("share",)


def accuracy(data, labels, weights, bias):
    with torch.no_grad():
        return ((predict(data, weights, bias) > 0.5) == (labels > 0.5)).double().mean()
