"""Absolute, not squared.

This is the mean absolute error. Squaring punishes one large error more than many small ones.
"""

FAILS = ("values_and_gradient",)


def mean_squared_error(prediction, target):
    if prediction.shape != target.shape:
        raise ValueError("prediction and target differ in shape")
    return (prediction - target).abs().mean()
