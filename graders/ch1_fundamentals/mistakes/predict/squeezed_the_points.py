"""The wrong dimension squeezed.

The result has shape (N, 1), except for a single point. `squeeze(0)` removes the first dimension, and only where its
size is 1: that is the dimension of the points. The one to remove comes second, and counting starts at 0.
Read: Tensor.squeeze · https://docs.pytorch.org/docs/stable/generated/torch.squeeze.html
"""

FAILS = ("values",)


def predict(x, weights, bias):
    return sigmoid(x @ weights + bias).squeeze(0)
