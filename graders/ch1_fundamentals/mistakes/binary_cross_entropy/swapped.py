"""Prediction and target swapped.

The logarithm is taken of the target, not of the prediction. The roles are not symmetric: what the model says goes into
the logarithm.
"""

FAILS = ("values_and_gradient",)


def binary_cross_entropy(prediction, target):
    if prediction.shape != target.shape:
        raise ValueError("prediction and target differ in shape")
    log_one, log_zero = target.log().clamp(min=-100), (1 - target).log().clamp(min=-100)
    return -(prediction * log_one + (1 - prediction) * log_zero).mean()
