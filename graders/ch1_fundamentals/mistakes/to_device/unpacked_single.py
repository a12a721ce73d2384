"""One tensor without its tuple.

For a single tensor, the tensor itself comes back. The function promises a tuple even for one tensor.
"""

FAILS = ("values_and_order",)


def to_device(device, *tensors):
    moved = tuple(t.detach().to(device).requires_grad_(t.requires_grad) for t in tensors)
    return moved[0] if len(moved) == 1 else moved
