"""Bias added to the probability.

The sigmoid is taken of x·w alone, and the bias is added afterwards. The result may then lie outside [0, 1]. The bias is
a part of the score: add it before the sigmoid.
"""

FAILS = ("values",)


def predict(x, weights, bias):
    return sigmoid(x @ weights).squeeze(1) + bias
