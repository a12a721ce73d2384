"""Only the name changed.

`p = p - …` makes a new tensor and calls it p. The parameter that the caller holds is unchanged: nothing is learnt.
Change it in place.
"""

FAILS = ("three_steps",)


def sgd_step(parameters, lr):
    with torch.no_grad():
        for p in parameters:
            if p.grad is not None:
                gradient, p.grad = p.grad, None
                p = p - lr * gradient
