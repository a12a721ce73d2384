"""Answers collected on the CPU.

The probabilities are written into a tensor on the CPU, while the parameters are on another device. The result of an
operation is already on the right device: return that.
"""

FAILS = ("placement",)


def predict(x, weights, bias):
    answers = torch.zeros(len(x), dtype=x.dtype)
    answers[:] = sigmoid(x @ weights + bias)[:, 0]
    return answers
