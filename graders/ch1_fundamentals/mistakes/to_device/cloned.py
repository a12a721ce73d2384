"""A copy that is not a leaf.

What comes back was made from your tensor, and is not a leaf, even where nothing had to move. Most often `.clone()` is
the cause: autograd records it, like `.to(device)`. The `.grad` of such a tensor stays None when you train it. Cut the
link with `.detach()`, then ask for gradients again.
Read: Tensor.is_leaf · https://docs.pytorch.org/docs/stable/generated/torch.Tensor.is_leaf.html
"""

FAILS = ("values_and_order", "leaf_on_another_device")


def to_device(device, *tensors):
    return tuple(t.clone().to(device) for t in tensors)
