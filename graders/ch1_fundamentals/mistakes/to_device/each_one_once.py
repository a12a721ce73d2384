"""A tensor that is given twice comes back once.

Fewer tensors come back than were given. Most often they are collected in a dict or a set, where each is there only
once. A list or a tuple keeps all of them.
"""

FAILS = ("values_and_order",)


def to_device(device, *tensors):
    return tuple({t: t.detach().to(device).requires_grad_(t.requires_grad) for t in tensors}.values())
