"""Minus forgotten.

The loss is negative: it gets smaller as the model gets worse. Logarithms of probabilities are negative, so the mean
needs a minus in front.
"""

FAILS = ("values_and_gradient",)


def binary_cross_entropy(prediction, target):
    if prediction.shape != target.shape:
        raise ValueError("prediction and target differ in shape")
    log_one, log_zero = prediction.log().clamp(min=-100), (1 - prediction).log().clamp(min=-100)
    return (target * log_one + (1 - target) * log_zero).mean()
