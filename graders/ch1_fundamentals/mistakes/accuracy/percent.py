"""Percent.

The result is a percentage. It should lie in [0, 1].
"""

FAILS = ("share",)


def accuracy(data, labels, weights, bias):
    with torch.no_grad():
        return 100 * ((predict(data, weights, bias) > 0.5) == (labels > 0.5)).double().mean().item()
