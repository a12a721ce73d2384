"""Module by module, in a dict by identity, in a different order."""


def trainable_parameters(module):
    own = [p for part in module.modules() for p in part.parameters(recurse=False) if p.requires_grad]
    return list({id(p): p for p in reversed(own)}.values())
