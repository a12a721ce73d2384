"""Copies on the CPU.

The parameters were moved to the CPU. There, that changes nothing; for a network on a GPU the list holds copies, and an
optimizer would move those. Return the parameters as they are.
"""

FAILS = ("placement",)


def trainable_parameters(module):
    return [p.cpu() for p in module.parameters() if p.requires_grad]
