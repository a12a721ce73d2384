"""Counted in Python."""


def accuracy(data, labels, weights, bias):
    right = 0
    for p, y in zip(predict(data, weights, bias).tolist(), labels.tolist()):
        right += (1.0 if p > 0.5 else 0.0) == y
    return right / len(labels)
