"""The share of errors.

This is the share of points that are wrong: one minus the accuracy.
"""

FAILS = ("share",)


def accuracy(data, labels, weights, bias):
    with torch.no_grad():
        return ((predict(data, weights, bias) > 0.5) != (labels > 0.5)).double().mean().item()
