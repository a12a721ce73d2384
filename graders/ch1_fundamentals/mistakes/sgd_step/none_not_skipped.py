"""A missing gradient not skipped.

A parameter that the loss did not use has `.grad` None, and None cannot be multiplied. Skip such a parameter:
`if p.grad is not None:`.
"""

FAILS = ("none_grad_is_skipped",)


def sgd_step(parameters, lr):
    with torch.no_grad():
        for p in parameters:
            p -= lr * p.grad
            p.grad = None
