"""Those that have a gradient.

The list holds what has a `.grad`. Before the first backward pass no parameter has one, and a frozen parameter may have
an old one. requires_grad tells what learns.
"""

FAILS = ("those_that_require_grad",)


def trainable_parameters(module):
    return [p for p in module.parameters() if p.grad is not None]
