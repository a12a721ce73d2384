"""Divided by `len`.

`len()` of a tensor is the size of its first dimension. With one dimension that is the number of elements, with more it
is not, and a 0-dim tensor has no length at all. `.mean()` and `.numel()` count every element.
Read: torch.mean · https://docs.pytorch.org/docs/stable/generated/torch.mean.html
"""

FAILS = ("values_and_gradient",)


def mean_squared_error(prediction, target):
    if prediction.shape != target.shape:
        raise ValueError("prediction and target differ in shape")
    return (prediction - target).square().sum() / len(prediction)
