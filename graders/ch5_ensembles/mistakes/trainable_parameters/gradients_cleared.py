"""Gradients cleared on the way.

The list is right, but the call drops the gradients of the parameters. Whoever asks between backward() and step() would
lose them. Only look.
"""

FAILS = ("as_it_is_now",)


def trainable_parameters(module):
    module.zero_grad()
    return [p for p in module.parameters() if p.requires_grad]
