"""Names instead of parameters.

The list holds strings: the names of the parameters. It should hold the parameters themselves.
Read: Module.named_parameters · https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.named_parameters
"""

FAILS = ("those_that_require_grad",)


def trainable_parameters(module):
    return [name for name, p in module.named_parameters() if p.requires_grad]
