"""Parameters and gradients are as they were.

After the step each parameter has the numbers that it had before, and so has its gradient. Most often the cause is `p =
p - lr * p.grad`: it makes a new tensor and calls it p, and what follows clears the gradient of the new one. Change the
tensor that was passed, in place.
"""

FAILS = ("three_steps",)


def sgd_step(parameters, lr):
    with torch.no_grad():
        for p in parameters:
            if p.grad is not None:
                p = p - lr * p.grad
                p.grad = None
