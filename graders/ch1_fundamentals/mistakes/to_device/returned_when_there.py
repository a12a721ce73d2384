"""Returned unchanged if already on the device.

`.to(device)` returns a tensor unchanged if it is already on the device. A result that requires grad then stays a
result: it is not a leaf, and its `.grad` stays None. Make a leaf of it in every case.
Read: Tensor.is_leaf · https://docs.pytorch.org/docs/stable/generated/torch.Tensor.is_leaf.html
"""

FAILS = ("result_becomes_leaf",)


def to_device(device, *tensors):
    moved = []
    for t in tensors:
        new = t.to(device)
        moved.append(new if new is t else new.detach().requires_grad_(t.requires_grad))
    return tuple(moved)
