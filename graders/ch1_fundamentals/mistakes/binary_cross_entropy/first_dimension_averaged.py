"""Averaged over the first dimension only.

With one dimension the result is right. With more of them, all but the first are still there. `mean(0)` averages over
the first dimension; `mean()` without an argument averages over all of them.
Read: torch.mean · https://docs.pytorch.org/docs/stable/generated/torch.mean.html
"""

FAILS = ("values_and_gradient",)


def binary_cross_entropy(prediction, target):
    if prediction.shape != target.shape:
        raise ValueError("prediction and target differ in shape")
    log_one, log_zero = prediction.log().clamp(min=-100), (1 - prediction).log().clamp(min=-100)
    losses = -(target * log_one + (1 - target) * log_zero)
    return losses.mean(0)
