"""No parameter moved.

The gradients are cleared, but the parameters have the numbers that they had before. Most often `p = p - …` is the
cause: it makes a new tensor and calls it p, and the one that the caller holds is unchanged. A gradient that is cleared
before it is used has the same effect. Use the gradient first, and change p in place.
"""

FAILS = ("three_steps",)


def sgd_step(parameters, lr):
    with torch.no_grad():
        for p in parameters:
            if p.grad is not None:
                gradient, p.grad = p.grad, None
                p = p - lr * gradient
