"""Remembered from the first time.

The list of a module is made once and kept. When a parameter is frozen later, the list still has it. Look again at each
call.
"""

FAILS = ("as_it_is_now",)


def trainable_parameters(module):
    if not hasattr(module, "_trainable"):
        module._trainable = [p for p in module.parameters() if p.requires_grad]
    return module._trainable
