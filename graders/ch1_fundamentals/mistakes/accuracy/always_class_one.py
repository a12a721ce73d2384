"""Score compared with 0.5.

The score is compared with 0.5, not the probability. A probability above 0.5 is a score above 0.
"""

FAILS = ("share",)


def accuracy(data, labels, weights, bias):
    with torch.no_grad():
        score = (data @ weights + bias).squeeze(1)
        return ((score > 0.5) == (labels > 0.5)).double().mean().item()
