"""Find a pattern in what should be independent draws, with a stated chance of finding one where there is none."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

FALSE_ALARM = 1e-8


@dataclass(frozen=True)
class Pattern:
    """A series depends on another, or on itself, this many steps before."""

    series: int
    other: int
    lag: int


def find_pattern(deviations: Tensor, largest: Tensor, width: float = 1.0) -> Pattern | None:
    """Return the clearest dependence between draws, or None where they may be independent.

    deviations: float64 (steps, series), each draw less its mean; largest: (series,), the largest magnitude of each
    width: of the interval that a draw comes from

    For two series and a lag, the sum of the products of each draw with the earlier one is a martingale. Its steps lie
    in an interval of at most c = largest · width, so m of them sum to more than c·√(m·ln(2/δ)/2) with a chance of at
    most δ (Azuma and Hoeffding). δ is 1e-8 divided by the number of sums: all pairs of series, and all lags up to half
    of the steps.
    """
    steps = len(deviations)
    lags = steps // 2
    spectrum = torch.fft.rfft(deviations, n=2 * steps, dim=0)
    products = spectrum[:, :, None].conj() * spectrum[:, None, :]  # of (earlier, later)
    sums = torch.fft.irfft(products, n=2 * steps, dim=0)[: lags + 1].abs()
    sums[0].tril_()  # at the same step, each pair counts once, and none with itself
    sums[0].fill_diagonal_(0.0)
    terms = torch.arange(steps, steps - lags - 1, -1, dtype=torch.float64)
    exponent = math.log(2 * sums.numel() / FALSE_ALARM)
    allowed = width * (terms * exponent / 2).sqrt()[:, None, None] * largest[:, None]
    excess = sums / allowed
    if not float(excess.max()) > 1:
        return None
    lag, earlier, later = (int(i) for i in torch.unravel_index(excess.argmax(), excess.shape))
    return Pattern(later, earlier, lag)
