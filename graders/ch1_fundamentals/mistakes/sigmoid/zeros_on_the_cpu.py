"""Zeros made on the CPU.

A helper tensor is created without a device, so it is on the CPU while the input is not. Create it on the input's
device.
Read: torch.zeros_like · https://docs.pytorch.org/docs/stable/generated/torch.zeros_like.html
"""

FAILS = ("placement",)


def sigmoid(x):
    return torch.exp(-torch.logaddexp(torch.zeros(x.shape, dtype=x.dtype), -x))
