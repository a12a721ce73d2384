"""Filtered, in reverse order."""


def trainable_parameters(module):
    return list(filter(lambda p: p.requires_grad, module.parameters()))[::-1]
