"""Random inputs for probes, drawn from a separate CPU generator, then moved to the probe's device."""

from __future__ import annotations

import random
from contextlib import AbstractContextManager

import torch
from torch import Tensor

from torchdojo.probe.settings import neutral_settings


class Draw:
    """Draws inputs that depend on the seed alone, never on what a submission draws or sets.

    seed: any int that fits 63 bits
    device: where tensors are moved; the numbers are the same on every device
    """

    def __init__(self, seed: int, device: str | torch.device = "cpu") -> None:
        self.seed = seed
        self.device = torch.device(device)
        self._generator = torch.Generator().manual_seed(seed)
        self._random = random.Random(seed)

    @neutral_settings()
    def normal(self, *shape: int, dtype: torch.dtype = torch.float64, scale: float = 1.0, grad: bool = False) -> Tensor:
        """Return N(0, scale²) numbers of this shape and dtype; a leaf that requires grad if `grad`."""
        numbers = torch.randn(shape, generator=self._generator, dtype=torch.float64) * scale
        return self._to_device(numbers.to(dtype), grad)

    @neutral_settings()
    def uniform(
        self,
        *shape: int,
        low: float = 0.0,
        high: float = 1.0,
        dtype: torch.dtype = torch.float64,
        grad: bool = False,
    ) -> Tensor:
        """Return numbers uniform on [low, high) of this shape and dtype; a leaf that requires grad if `grad`."""
        numbers = torch.rand(shape, generator=self._generator, dtype=torch.float64) * (high - low) + low
        return self._to_device(numbers.to(dtype), grad)

    @neutral_settings()
    def integers(self, low: int, high: int, *shape: int) -> Tensor:
        """Return int64 numbers from low up to, not including, high."""
        return self._to_device(torch.randint(low, high, shape, generator=self._generator), grad=False)

    @neutral_settings()
    def permutation(self, n: int) -> Tensor:
        """Return 0 … n−1 in a drawn order, int64."""
        return self._to_device(torch.randperm(n, generator=self._generator), grad=False)

    def integer(self, low: int, high: int) -> int:
        """Return one int from low up to, not including, high."""
        return self._random.randrange(low, high)

    def number(self, low: float, high: float) -> float:
        """Return one float uniform on [low, high)."""
        return self._random.uniform(low, high)

    @neutral_settings()
    def fill_(self, tensor: Tensor, scale: float = 1.0) -> Tensor:
        """Overwrite a tensor, in place and unrecorded, with numbers uniform on [−scale, scale); return it."""
        numbers = (torch.rand(tensor.shape, generator=self._generator, dtype=torch.float64) * 2 - 1) * scale
        with torch.inference_mode(tensor.is_inference()), torch.no_grad():
            tensor.copy_(numbers.to(tensor.dtype))
        return tensor

    def settings(self) -> AbstractContextManager[None]:
        """Return a context for what a probe builds itself, such as a module or a tensor of zeros.

        In it the dtype is float32, the device the CPU, and gradients are on, whatever a submission has set globally;
        torch's global generator starts from a drawn seed, and is put back afterwards.
        """
        return neutral_settings(self._random.randrange(2**63))

    def _to_device(self, numbers: Tensor, grad: bool) -> Tensor:
        moved = numbers.to(self.device)
        return moved.detach().requires_grad_() if grad else moved
