"""Not squared.

This is the mean of the differences themselves. Errors of opposite sign cancel in it, and a model that is far too high
on half of the samples and far too low on the others looks perfect. Square each difference first.
"""

FAILS = ("values_and_gradient",)


def mean_squared_error(prediction, target):
    if prediction.shape != target.shape:
        raise ValueError("prediction and target differ in shape")
    return (prediction - target).mean()
