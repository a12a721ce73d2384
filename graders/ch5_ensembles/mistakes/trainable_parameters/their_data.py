"""Tensors instead of parameters.

The list holds tensors that are not the module's parameters. `p.data` and `p.detach()` give a second tensor with the
same numbers; it requires no grad and gets none, so an optimizer would never move it.
"""

FAILS = ("those_that_require_grad",)


def trainable_parameters(module):
    return [p.data for p in module.parameters() if p.requires_grad]
