"""Halved.

This is half the mean squared error. Some books define it that way, to make the derivative tidy. Here it is the plain
mean.
"""

FAILS = ("values_and_gradient",)


def mean_squared_error(prediction, target):
    if prediction.shape != target.shape:
        raise ValueError("prediction and target differ in shape")
    return (prediction - target).square().mean() / 2
