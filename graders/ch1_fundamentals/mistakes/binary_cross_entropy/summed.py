"""Summed, not averaged.

This is the sum over all samples. With the mean, the step size does not depend on how many samples there are.
"""

FAILS = ("values_and_gradient",)


def binary_cross_entropy(prediction, target):
    if prediction.shape != target.shape:
        raise ValueError("prediction and target differ in shape")
    log_one, log_zero = prediction.log().clamp(min=-100), (1 - prediction).log().clamp(min=-100)
    return -(target * log_one + (1 - target) * log_zero).sum()
