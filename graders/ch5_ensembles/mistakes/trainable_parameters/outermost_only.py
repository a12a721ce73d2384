"""Only the outermost parameters.

Parameters deeper inside are missing. parameters() goes all the way down, unless it is told not to.
"""

FAILS = ("those_that_require_grad",)


def trainable_parameters(module):
    return [p for p in module.parameters(recurse=False) if p.requires_grad]
