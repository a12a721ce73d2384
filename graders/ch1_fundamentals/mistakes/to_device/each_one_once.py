"""A tensor that is given twice comes back once.

The tensors are the keys of a dict, and a key is there only once. So fewer tensors come back than were given. A list
keeps all of them.
"""

FAILS = ("values_and_order",)


def to_device(device, *tensors):
    return tuple({t: t.detach().to(device).requires_grad_(t.requires_grad) for t in tensors}.values())
