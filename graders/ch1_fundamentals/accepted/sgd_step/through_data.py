"""Through .data, gradients set to zero."""


def sgd_step(parameters, lr):
    for p in parameters:
        if p.grad is None:
            continue
        p.data -= lr * p.grad.data
        p.grad.zero_()
