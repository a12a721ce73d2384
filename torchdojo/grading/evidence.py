"""How much it proves that a known mistake gives the same answer: a number like 0.2718 does, True or 1.0 does not."""

from __future__ import annotations

import math
from typing import Any

import torch

from torchdojo.grading.compare import find_difference
from torchdojo.wire import SentArray, SentTensor

SHORT = 1000  # a number with at most three decimals, such as a share, comes about in many ways
BINARY = 2**20  # and so does one with few binary digits
COMMON = {0.0, 1.0, -1.0, 2.0, 0.5, -0.5}
ENOUGH_SHORT = 4  # different short numbers prove as much as one long number
MOST_LOOKED_AT = 4096  # elements of a tensor


def is_telling(got: Any, expected: Any) -> bool:
    """Whether two outputs differ in numbers that hardly come about in two ways.

    Those are floats with many digits, or several different short numbers.
    """
    numbers = {number for number in _differing(got, expected) if math.isfinite(number) and number not in COMMON}
    return any(map(_is_long, numbers)) or len(numbers) >= ENOUGH_SHORT


def _is_long(number: float) -> bool:
    is_decimal = abs(number * SHORT - round(number * SHORT)) < 1e-6
    return not is_decimal and number * BINARY != round(number * BINARY)


def _differing(got: Any, expected: Any) -> set[float]:
    """Return the numbers in an output that are not those expected: of a tensor of another form, all."""
    if type(got) is type(expected) is dict:
        return {number for key in got for number in _differing(got[key], expected.get(key))}
    if isinstance(got, list | tuple):
        others = expected if isinstance(expected, list | tuple) and len(expected) == len(got) else [None] * len(got)
        return {number for a, b in zip(got, others, strict=True) for number in _differing(a, b)}
    if find_difference(got, expected) is None or isinstance(got, bool):
        return set()
    if isinstance(got, int | float):
        return {float(got)}
    got, expected = (v.as_tensor() if isinstance(v, SentArray) else v for v in (got, expected))
    return _elements(got.tensor, expected) if isinstance(got, SentTensor) else set()


def _elements(tensor: torch.Tensor, expected: Any) -> set[float]:
    if tensor.dtype == torch.bool or tensor.is_complex():
        return set()
    values = tensor.double().flatten()
    if isinstance(expected, SentTensor) and expected.tensor.shape == tensor.shape:
        others = expected.tensor.double().flatten()
        values = values[~torch.isclose(values, others, rtol=1e-5, atol=1e-9, equal_nan=True)]
    return set(values[:MOST_LOOKED_AT].tolist())
