"""Random inputs for probes: plain values, and tensors from a separate CPU generator, moved to the probe's device.

Only what returns a tensor imports torch.
"""

from __future__ import annotations

import functools
import random
import string
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, TypeVar

from torchdojo.probe.settings import neutral_settings

if TYPE_CHECKING:
    import torch
    from torch import Tensor

T = TypeVar("T")


class Draw:
    """Draws inputs that depend on the seed alone, never on what a submission draws or sets.

    seed: any int that fits 63 bits
    device: where tensors are moved; the numbers are the same on every device
    """

    def __init__(self, seed: int, device: str | torch.device = "cpu") -> None:
        self.seed = seed
        self._device = device
        self._random = random.Random(seed)

    @functools.cached_property
    def device(self) -> torch.device:
        """The device that tensors are moved to."""
        import torch

        return torch.device(self._device)

    @functools.cached_property
    def _generator(self) -> torch.Generator:
        import torch

        return torch.Generator().manual_seed(self.seed)

    @neutral_settings()
    def normal(self, *shape: int, dtype: torch.dtype | None = None, scale: float = 1.0, grad: bool = False) -> Tensor:
        """Return N(0, scale²) numbers of this shape and dtype, else float64; a leaf that requires grad if `grad`."""
        import torch

        numbers = torch.randn(shape, generator=self._generator, dtype=torch.float64) * scale
        return self._to_device(numbers if dtype is None else numbers.to(dtype), grad)

    @neutral_settings()
    def uniform(
        self,
        *shape: int,
        low: float = 0.0,
        high: float = 1.0,
        dtype: torch.dtype | None = None,
        grad: bool = False,
    ) -> Tensor:
        """Return numbers uniform on [low, high) of this shape and dtype, else float64; a leaf with grad if `grad`."""
        import torch

        numbers = torch.rand(shape, generator=self._generator, dtype=torch.float64) * (high - low) + low
        return self._to_device(numbers if dtype is None else numbers.to(dtype), grad)

    @neutral_settings()
    def integers(self, low: int, high: int, *shape: int) -> Tensor:
        """Return int64 numbers from low up to, not including, high."""
        import torch

        return self._to_device(torch.randint(low, high, shape, generator=self._generator), grad=False)

    @neutral_settings()
    def permutation(self, n: int) -> Tensor:
        """Return 0 … n−1 in a drawn order, int64."""
        import torch

        return self._to_device(torch.randperm(n, generator=self._generator), grad=False)

    def integer(self, low: int, high: int) -> int:
        """Return one int from low up to, not including, high."""
        return self._random.randrange(low, high)

    def number(self, low: float, high: float) -> float:
        """Return one float uniform on [low, high)."""
        return self._random.uniform(low, high)

    def choice(self, items: Sequence[T]) -> T:
        """Return one of the items."""
        return self._random.choice(items)

    def sample(self, items: Sequence[T], count: int) -> list[T]:
        """Return so many different items, in a drawn order."""
        return self._random.sample(items, count)

    def shuffled(self, items: Iterable[T]) -> list[T]:
        """Return the items in a drawn order, as a new list."""
        copy = list(items)
        self._random.shuffle(copy)
        return copy

    def integer_list(self, count: int, low: int, high: int) -> list[int]:
        """Return so many ints from low up to, not including, high."""
        return [self.integer(low, high) for _ in range(count)]

    def text(self, length: int, alphabet: str = string.ascii_lowercase) -> str:
        """Return a string of so many characters of an alphabet."""
        return "".join(self._random.choice(alphabet) for _ in range(length))

    def edges(self, nodes: int, count: int) -> list[tuple[int, int]]:
        """Return so many different edges (a, b), a < b, of an undirected graph with the nodes 0 … nodes−1.

        ValueError if there are not so many.
        """
        pairs = [(a, b) for b in range(nodes) for a in range(b)]
        return self._random.sample(pairs, count)

    @neutral_settings()
    def fill_(self, tensor: Tensor, scale: float = 1.0) -> Tensor:
        """Overwrite a tensor, in place and unrecorded, with numbers uniform on [−scale, scale); return it."""
        import torch

        numbers = (torch.rand(tensor.shape, generator=self._generator, dtype=torch.float64) * 2 - 1) * scale
        with torch.inference_mode(tensor.is_inference()), torch.no_grad():
            tensor.copy_(numbers.to(tensor.dtype))
        return tensor

    def settings(self) -> AbstractContextManager[None]:
        """Return a context for what a probe builds itself, such as a module or a tensor of zeros.

        In it the dtype is float32, the device the CPU, and gradients are on, whatever a submission has set globally;
        torch's global generator starts from a drawn seed, and is put back afterwards. Warnings are ignored.
        """
        return neutral_settings(self._random.randrange(2**63))

    def _to_device(self, numbers: Tensor, grad: bool) -> Tensor:
        moved = numbers.to(self.device)
        return moved.detach().requires_grad_() if grad else moved
