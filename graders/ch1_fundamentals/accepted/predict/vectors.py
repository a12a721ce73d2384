"""With a vector of weights."""


def predict(x, weights, bias):
    return sigmoid(x.matmul(weights[:, 0]) + bias)
