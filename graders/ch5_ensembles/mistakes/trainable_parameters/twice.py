"""A shared parameter twice.

A parameter that is used in two places is in the list twice. An optimizer would move it twice, and refuses to.
parameters() gives each once.
"""

FAILS = ("each_once",)


def trainable_parameters(module):
    return [p for m in module.modules() for p in m._parameters.values() if p is not None and p.requires_grad]
