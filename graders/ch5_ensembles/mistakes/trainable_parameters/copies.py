"""Copies of the parameters.

The list holds copies. An optimizer would move these, and the network would stay as it is.
"""

FAILS = ("those_that_require_grad",)


def trainable_parameters(module):
    return [nn.Parameter(p.detach().clone()) for p in module.parameters() if p.requires_grad]
