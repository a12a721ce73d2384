"""Shapes that differ are accepted if they have the same number of elements.

The same number of elements on both sides does not mean the same shape: a (5, 1) and a (5,) have five each, and
broadcast to 25. Compare the shapes themselves.
Read: Broadcasting · https://docs.pytorch.org/docs/stable/notes/broadcasting.html
"""

FAILS = ("unequal_shapes",)


def binary_cross_entropy(prediction, target):
    if prediction.numel() != target.numel():
        raise ValueError(f"prediction has {prediction.numel()} numbers, but target has {target.numel()}")
    log_one, log_zero = torch.log(prediction).clamp(min=-100), torch.log(1 - prediction).clamp(min=-100)
    return -(target * log_one + (1 - target) * log_zero).mean()
