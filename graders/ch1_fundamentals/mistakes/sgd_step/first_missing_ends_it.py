"""Stops at the first missing gradient.

The loop ends at a parameter without a gradient, so none of those after it are updated. Skip it and continue.
"""

FAILS = ("none_grad_is_skipped",)


def sgd_step(parameters, lr):
    with torch.no_grad():
        for p in parameters:
            if p.grad is None:
                return
            p -= lr * p.grad
            p.grad = None
