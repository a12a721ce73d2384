"""The frozen ones.

The list holds those that do not require grad, and none of the others. Reverse the condition.
"""

FAILS = ("those_that_require_grad",)


def trainable_parameters(module):
    return [p for p in module.parameters() if not p.requires_grad]
