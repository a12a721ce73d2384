"""The logarithm of 0, clamped: its gradient there is nan, which is not looked at."""


def binary_cross_entropy(prediction, target):
    if prediction.shape != target.shape:
        raise ValueError
    log_one, log_zero = (p.log().clamp(min=-100) for p in (prediction, 1 - prediction))
    return torch.mean(-target * log_one - (1 - target) * log_zero)
