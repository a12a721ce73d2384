"""A tensor made on the CPU.

The differences are written into a tensor that is created without a device, so it is on the CPU while the inputs are
not. Compute with the inputs themselves, or create it on their device.
Read: torch.zeros_like · https://docs.pytorch.org/docs/stable/generated/torch.zeros_like.html
"""

FAILS = ("placement",)


def mean_squared_error(prediction, target):
    if prediction.shape != target.shape:
        raise ValueError(f"prediction has shape {tuple(prediction.shape)}, but target has {tuple(target.shape)}")
    zeros = torch.zeros(prediction.shape, dtype=prediction.dtype)
    return (zeros + prediction - target).square().mean()
