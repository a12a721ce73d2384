"""Only the outermost parameters.

Parameters deeper inside are missing. parameters() goes all the way down, unless it is told not to.
"""

FAILS = ("all",)


def trainable_parameters(module):
    return [p for p in module.parameters(recurse=False) if p.requires_grad]
