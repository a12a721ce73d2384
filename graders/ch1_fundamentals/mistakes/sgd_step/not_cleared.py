"""Gradients not cleared.

The gradients stay where they are. The next `backward()` adds to them, so each step walks along the sum of all gradients
so far. Clear each gradient once it is used.
"""

FAILS = ("three_steps",)


def sgd_step(parameters, lr):
    with torch.no_grad():
        for p in parameters:
            if p.grad is not None:
                p -= lr * p.grad
