"""The formula as written."""


def sigmoid(x):
    return 1 / (1 + (-x).exp())
