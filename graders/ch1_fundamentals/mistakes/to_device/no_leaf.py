"""Not a leaf after moving.

`.to(device)` is an operation that autograd records: what comes back was made from your tensor, and is not a leaf. Its
`.grad` stays None when you train it. Cut the link, then ask for gradients again.
Read: Tensor.is_leaf · https://docs.pytorch.org/docs/stable/generated/torch.Tensor.is_leaf.html
"""

FAILS = (
    "leaf_on_another_device",
    "result_becomes_leaf",
)


def to_device(device, *tensors):
    return tuple(t.to(device) for t in tensors)
