"""Divided by the first dimension.

`len(prediction)` counts rows, not numbers: it is the mean only where there is one dimension. `.mean()` and `.numel()`
count all of them.
Read: torch.mean · https://docs.pytorch.org/docs/stable/generated/torch.mean.html
"""

FAILS = ("values_and_gradient",)


def mean_squared_error(prediction, target):
    if prediction.shape != target.shape:
        raise ValueError(f"prediction has shape {tuple(prediction.shape)}, but target has {tuple(target.shape)}")
    return (prediction - target).square().sum() / (len(prediction) if prediction.dim() else 1)
