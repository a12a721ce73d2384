"""Find a pattern in what should be independent draws."""

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


@dataclass(frozen=True)
class Deck:
    """This share of the blocks of a length hold the number of hits that is expected of independent draws on average."""

    length: int
    share: float


def find_deck(is_hit: Tensor, size: int, *, longest: int, share: float) -> Deck | None:
    """Return the deck that draws were dealt from, or None where they may be independent.

    is_hit: bool (steps,), of draws of which one in `size` is a hit; longest: of the decks to look for
    share: what share of the blocks may hold the expected number of hits, wherever the first one begins. With blocks of
    `length` independent draws, their number is binomial, with a probability of C(length, hits) · (size − 1)^(length −
    hits) / size^length; of a deck of that length, all hold it.
    """
    hits = torch.cat([torch.zeros(1, dtype=torch.int64), is_hit.long().cumsum(0)])
    for length in range(size, longest + 1, size):
        is_even = hits[length:] - hits[:-length] == length // size  # of the block that begins at each step
        by_first_step = is_even[: len(is_even) // length * length].view(-1, length)
        found = Deck(length, float(by_first_step.double().mean(0).max()))
        if found.share > share:
            return found
    return None


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
