"""Always float64.

The product is taken in float64, and the result stays that, whatever the inputs were. What comes out should have the
dtype of what went in.
"""

FAILS = ("float32",)


def predict(x, weights, bias):
    return sigmoid(x.double() @ weights.double() + bias.double()).squeeze(1)
