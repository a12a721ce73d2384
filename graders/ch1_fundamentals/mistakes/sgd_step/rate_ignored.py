"""lr has no effect.

Each parameter moves by its whole gradient, whatever lr is. Multiply the gradient by lr.
"""

FAILS = ("three_steps",)


def sgd_step(parameters, lr):
    with torch.no_grad():
        for p in parameters:
            if p.grad is not None:
                p -= p.grad
                p.grad = None
