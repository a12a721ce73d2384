"""A count, not a share.

This is how many points are right. Divide by how many there are.
"""

FAILS = ("share",)


def accuracy(data, labels, weights, bias):
    with torch.no_grad():
        return float(((predict(data, weights, bias) > 0.5) == (labels > 0.5)).sum().item())
