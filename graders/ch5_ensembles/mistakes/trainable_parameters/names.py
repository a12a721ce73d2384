"""Names too.

The list holds pairs of a name and a parameter. It should hold the parameters.
"""

FAILS = ("all",)


def trainable_parameters(module):
    return [pair for pair in module.named_parameters() if pair[1].requires_grad]
