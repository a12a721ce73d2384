"""tanh, not sigmoid.

These are the values of tanh: it squeezes into (−1, 1). The sigmoid squeezes into (0, 1).
"""

FAILS = ("values_and_gradient",)


def sigmoid(x):
    return torch.tanh(x)
