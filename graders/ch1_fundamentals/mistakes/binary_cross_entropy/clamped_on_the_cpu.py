"""Limit made on the CPU.

The limit of the logarithms is a tensor on the CPU, while the prediction is on another device. A plain number has no
device: `clamp(min=-100)`.
Read: torch.clamp · https://docs.pytorch.org/docs/stable/generated/torch.clamp.html
"""

FAILS = ("placement",)


def binary_cross_entropy(prediction, target):
    if prediction.shape != target.shape:
        raise ValueError(f"prediction has shape {tuple(prediction.shape)}, but target has {tuple(target.shape)}")
    lowest = torch.full(prediction.shape, -100.0, dtype=prediction.dtype)
    log_one = torch.log(prediction).clamp(min=lowest)
    log_zero = torch.log(1 - prediction).clamp(min=lowest)
    return -(target * log_one + (1 - target) * log_zero).mean()
