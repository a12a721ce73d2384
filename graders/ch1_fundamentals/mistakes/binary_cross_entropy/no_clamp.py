"""Logs not clamped.

log 0 is −∞, and 0 · ∞ is not a number. One sample that the model is certain about makes the whole loss inf or nan.
Clamp each logarithm at −100.
"""

FAILS = ("clamped_logs",)


def binary_cross_entropy(prediction, target):
    if prediction.shape != target.shape:
        raise ValueError("prediction and target differ in shape")
    return -(target * prediction.log() + (1 - target) * (1 - prediction).log()).mean()
