"""One loss for each element.

The result has the shape of the prediction: it holds each element's loss. A loss is one number, because `backward()`
starts from one. Take the mean.
"""

FAILS = ("values_and_gradient",)


def mean_squared_error(prediction, target):
    if prediction.shape != target.shape:
        raise ValueError("prediction and target differ in shape")
    return (prediction - target).square()
