"""The formula as it stands."""


def sigmoid(x):
    return 1 / (1 + (-x).exp())
