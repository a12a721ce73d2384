"""Names too.

The list holds pairs of a name and a parameter. It should hold the parameters.
"""

FAILS = ("those_that_require_grad",)


def trainable_parameters(module):
    return [pair for pair in module.named_parameters() if pair[1].requires_grad]
