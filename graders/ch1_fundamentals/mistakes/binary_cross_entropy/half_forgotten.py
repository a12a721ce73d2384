"""Only the ones count.

Only the term for the target's ones is there. The samples of class 0 cost nothing, so a model that always says 1 is
perfect. The second half is (1 − y) log(1 − p).
"""

FAILS = ("values_and_gradient",)


def binary_cross_entropy(prediction, target):
    if prediction.shape != target.shape:
        raise ValueError("prediction and target differ in shape")
    return -(target * prediction.log().clamp(min=-100)).mean()
