"""The frozen ones.

The list holds those that do not require grad, and none of the others. Turn the condition round.
"""

FAILS = (
    "frozen_ones_left_out",
    "all",
)


def trainable_parameters(module):
    return [p for p in module.parameters() if not p.requires_grad]
