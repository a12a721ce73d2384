"""Divided by `len`.

`len()` of a tensor is the size of its first dimension. With one dimension that is the number of elements, with more it
is not, and a 0-dim tensor has no length at all. `.mean()` and `.numel()` count every element.
Read: torch.mean · https://docs.pytorch.org/docs/stable/generated/torch.mean.html
"""

FAILS = ("values_and_gradient",)


def binary_cross_entropy(prediction, target):
    if prediction.shape != target.shape:
        raise ValueError("prediction and target differ in shape")
    log_one, log_zero = prediction.log().clamp(min=-100), (1 - prediction).log().clamp(min=-100)
    losses = -(target * log_one + (1 - target) * log_zero)
    return losses.sum() / len(prediction)
