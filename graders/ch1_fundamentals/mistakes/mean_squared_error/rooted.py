"""Root taken.

This is the root of the mean squared error. The root changes every gradient, and has none at 0.
"""

FAILS = ("values_and_gradient",)


def mean_squared_error(prediction, target):
    if prediction.shape != target.shape:
        raise ValueError("prediction and target differ in shape")
    return (prediction - target).square().mean().sqrt()
