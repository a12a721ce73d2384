"""Gradients for everything.

Every tensor comes back requiring grad. Only those that did before should: data needs no gradient, and whole numbers
cannot have one.
"""

FAILS = ("values_and_order",)


def to_device(device, *tensors):
    return tuple(t.detach().to(device).requires_grad_() for t in tensors)
