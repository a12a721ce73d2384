"""Averaged first, then squared.

The mean is taken before the square. Errors of opposite sign then cancel, and a model that is wrong on both sides looks
perfect.
"""

FAILS = ("values_and_gradient",)


def mean_squared_error(prediction, target):
    if prediction.shape != target.shape:
        raise ValueError("prediction and target differ in shape")
    return (prediction - target).mean().square()
