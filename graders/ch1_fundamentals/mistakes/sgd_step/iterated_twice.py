"""Parameters iterated twice.

The parameters are iterated a second time to clear their gradients. A generator is empty by then, so nothing is cleared.
Update and clear in one pass, or make a list first.
"""

FAILS = ("any_iterable",)


def sgd_step(parameters, lr):
    with torch.no_grad():
        for p in parameters:
            if p.grad is not None:
                p -= lr * p.grad
    for p in parameters:
        p.grad = None
