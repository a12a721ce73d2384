"""The parameters are returned.

They are changed in place, so there is nothing to return. A return value suggests that the ones passed in were left
alone, as by functions without a trailing underscore. Return nothing.
"""

FAILS = ("any_iterable",)


def sgd_step(parameters, lr):
    parameters = list(parameters)
    with torch.no_grad():
        for p in parameters:
            if p.grad is not None:
                p -= lr * p.grad
                p.grad = None
    return parameters
