"""Only the target is squared.

These are the values of the mean of prediction − target². A power binds more tightly than a minus: put brackets around
the difference.
"""

FAILS = ("values_and_gradient",)


def mean_squared_error(prediction, target):
    if prediction.shape != target.shape:
        raise ValueError("prediction and target differ in shape")
    return (prediction - target**2).mean()
