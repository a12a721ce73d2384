"""Averaged over the first dimension only.

With one dimension the result is right. With more of them, all but the first are still there. `mean(0)` averages over
the first dimension; `mean()` without an argument averages over all of them.
Read: torch.mean · https://docs.pytorch.org/docs/stable/generated/torch.mean.html
"""

FAILS = ("values_and_gradient",)


def mean_squared_error(prediction, target):
    if prediction.shape != target.shape:
        raise ValueError("prediction and target differ in shape")
    return (prediction - target).square().mean(0)
