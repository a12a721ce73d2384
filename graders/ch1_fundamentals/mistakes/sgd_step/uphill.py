"""Uphill.

The step goes along the gradient, and the loss rises. Walk against it.
"""

FAILS = ("three_steps",)


def sgd_step(parameters, lr):
    with torch.no_grad():
        for p in parameters:
            if p.grad is not None:
                p += lr * p.grad
                p.grad = None
