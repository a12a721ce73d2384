"""Only weights.

The biases, or all parameters with one dimension, are missing. They learn, too.
"""

FAILS = (
    "all",
    "frozen_ones_left_out",
)


def trainable_parameters(module):
    return [p for p in module.parameters() if p.requires_grad and p.dim() > 1]
