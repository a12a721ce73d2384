"""Only weights.

The biases, or all parameters with one dimension, are missing. They learn, too.
"""

FAILS = ("those_that_require_grad",)


def trainable_parameters(module):
    return [p for p in module.parameters() if p.requires_grad and p.dim() > 1]
