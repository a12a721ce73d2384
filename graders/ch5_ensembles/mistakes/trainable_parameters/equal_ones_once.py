"""Parameters with equal values counted as one.

Two parameters that happen to hold the same numbers are still two, and both must be trained. parameters() looks at which
tensor it is, not at its numbers.
"""

FAILS = ("each_once",)


def trainable_parameters(module):
    found = []
    for p in module.parameters():
        if p.requires_grad and not any(torch.equal(p, q) for q in found):
            found.append(p)
    return found
