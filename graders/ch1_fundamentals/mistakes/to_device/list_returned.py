"""A list, not a tuple.

The right tensors, in a list. The function promises a tuple.
"""

FAILS = ("values_and_order",)


def to_device(device, *tensors):
    return [t.detach().to(device).requires_grad_(t.requires_grad) for t in tensors]
