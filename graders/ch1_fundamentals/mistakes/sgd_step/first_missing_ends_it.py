"""Stops at the first missing gradient.

None of the parameters that come after one without a gradient are updated. Most often the loop ends there, with `return`
or `break`. Skip that parameter, and continue with the next.
"""

FAILS = ("none_grad_is_skipped",)


def sgd_step(parameters, lr):
    with torch.no_grad():
        for p in parameters:
            if p.grad is None:
                return
            p -= lr * p.grad
            p.grad = None
