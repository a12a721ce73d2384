"""Those that require grad come first.

The tensors are sorted into those that require grad and the others, so they come back in a different order. Whoever
unpacks the result finds one tensor under the name of another.
"""

FAILS = ("values_and_order", "leaf_on_another_device")


def to_device(device, *tensors):
    trained = tuple(t.detach().to(device).requires_grad_() for t in tensors if t.requires_grad)
    return trained + tuple(t.to(device) for t in tensors if not t.requires_grad)
