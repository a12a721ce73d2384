"""Answers collected on the CPU.

The probabilities are written into a tensor that is on the CPU, while the parameters are on another device. What an
operation returns is already in the right place: return that.
"""

FAILS = ("placement",)


def predict(x, weights, bias):
    answers = torch.zeros(len(x), dtype=x.dtype)
    answers[:] = sigmoid(x @ weights + bias)[:, 0]
    return answers
