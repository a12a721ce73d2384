"""Kept away from 0 by e⁻¹⁰⁰.

Clamping the probability at e⁻¹⁰⁰ gives the right logarithm in float64. float32 has only a few digits for a number that
small, so the logarithm is not exactly −100 there, and in float16 it becomes 0. Clamp the logarithm itself.
"""

FAILS = ("clamped_logs",)


def binary_cross_entropy(prediction, target):
    if prediction.shape != target.shape:
        raise ValueError("prediction and target differ in shape")
    smallest = 3.720075976020836e-44
    log_one, log_zero = prediction.clamp(min=smallest).log(), (1 - prediction).clamp(min=smallest).log()
    return -(target * log_one + (1 - target) * log_zero).mean()
