"""All parameters.

The frozen parameters are in the list as well. Keep only those that require grad.
"""

FAILS = ("those_that_require_grad",)


def trainable_parameters(module):
    return list(module.parameters())
