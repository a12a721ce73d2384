"""One loss for each element.

The result has the shape of the prediction: it holds each element's loss. A loss is one number, because `backward()`
starts from one. Take the mean.
"""

FAILS = ("values_and_gradient",)


def binary_cross_entropy(prediction, target):
    if prediction.shape != target.shape:
        raise ValueError("prediction and target differ in shape")
    log_one, log_zero = prediction.log().clamp(min=-100), (1 - prediction).log().clamp(min=-100)
    losses = -(target * log_one + (1 - target) * log_zero)
    return losses
