"""A named tuple, which is a tuple."""

from typing import NamedTuple


class Parameters(NamedTuple):
    weights: Tensor
    bias: Tensor


def init_parameters():
    return Parameters(torch.normal(0.0, 0.01, size=(2, 1)), torch.normal(0.0, 0.01, size=(1,)))
