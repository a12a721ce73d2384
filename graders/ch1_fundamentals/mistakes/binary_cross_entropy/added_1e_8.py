"""A small number added to the probabilities.

A small number is added before the logarithm is taken. That keeps it finite, but changes the loss of every sample, and
being certain and wrong costs −log of that number, not 100. Take the logarithm of the probability itself, and clamp the
logarithm.
"""

FAILS = ("values_and_gradient", "clamped_logs")


def binary_cross_entropy(prediction, target):
    if prediction.shape != target.shape:
        raise ValueError("prediction and target differ in shape")
    return -(target * torch.log(prediction + 1e-8) + (1 - target) * torch.log(1 - prediction + 1e-8)).mean()
