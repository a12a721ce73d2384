"""The inputs are moved.

Assigning to `.data` moves the caller's own tensors. Anyone else who holds them finds them on a different device than
before. Between some devices torch refuses it, and calls the tensors incompatible. Leave the inputs where they are, and
make new leaves.
"""

FAILS = ("leaf_on_another_device",)


def to_device(device, *tensors):
    for t in tensors:
        t.data = t.data.to(device)
    return tuple(t.detach().requires_grad_(t.requires_grad) for t in tensors)
