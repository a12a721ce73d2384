"""Kept by identity, module by module."""


def trainable_parameters(module):
    found = {}
    for part in module.modules():
        for parameter in part.parameters(recurse=False):
            if parameter.requires_grad:
                found[id(parameter)] = parameter
    return list(found.values())
