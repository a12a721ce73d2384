"""A generator, not a list.

The result is an iterator, which can be read only once. A second optimizer made with it would get nothing. Return a
list.
"""

FAILS = ("those_that_require_grad",)


def trainable_parameters(module):
    return filter(lambda p: p.requires_grad, module.parameters())
