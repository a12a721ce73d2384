"""Not a leaf after moving.

What comes back is not a leaf. `.to(device)` is an operation that autograd records, so a tensor that it moves is made
from yours. Where nothing has to move, it returns your tensor itself, which may not be a leaf either. The `.grad` of
such a tensor stays None when you train it. Cut the link, then ask for gradients again.
Read: Tensor.is_leaf · https://docs.pytorch.org/docs/stable/generated/torch.Tensor.is_leaf.html
"""

FAILS = (
    "leaf_on_another_device",
    "result_becomes_leaf",
)


def to_device(device, *tensors):
    return tuple(t.to(device) for t in tensors)
