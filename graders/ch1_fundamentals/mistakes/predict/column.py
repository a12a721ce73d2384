"""A column, not a row of numbers.

The result has shape (N, 1). A matrix product keeps the column dimension. Remove it, or the loss will broadcast (N, 1)
against (N,) into (N, N).
Read: Tensor.squeeze · https://docs.pytorch.org/docs/stable/generated/torch.squeeze.html
"""

FAILS = (
    "values",
    "one_point",
)


def predict(x, weights, bias):
    return sigmoid(x @ weights + bias)
