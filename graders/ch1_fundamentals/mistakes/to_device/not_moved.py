"""Nothing moved.

The tensors are where they were. `t.to(device)` does not change t, it returns another tensor: use what it returns.
"""

FAILS = ("leaf_on_another_device", "placement")


def to_device(device, *tensors):
    for t in tensors:
        t.to(device)
    return tuple(t.detach().requires_grad_(t.requires_grad) for t in tensors)
