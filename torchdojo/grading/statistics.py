"""Check whether numbers are independent normal draws, with a stated chance of failing correct work."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping
from typing import Any

import torch

from torchdojo.grading.failure import expect

EXPONENT = 18.0  # correct work exceeds each bound below with a chance of exp(−18) = 1.5e-8, any of four with 6.1e-8


def expect_normal(seen: Any, count: int, std: float, what: str = "the noise") -> None:
    """Fail the check unless `seen` can be the mean, standard deviation and quantiles of `count` draws from N(0, std²).

    seen: float64 (2 + k,): mean, standard deviation, and k quantiles at equal distances from 2.5 % to 97.5 %

    The mean is N(0, std²/n): more than 6 std/√n off with a chance of 2e-9. n times the sample variance is χ² with about
    n degrees of freedom: Laurent and Massart (2000, Lemma 1) bound it by n + 2√(nx) + 2x above and n − 2√(nx) below,
    each with a chance of exp(−x). The empirical distribution lies within √(x/2n) of the true one but for a chance of
    2·exp(−x) (Dvoretzky, Kiefer and Wolfowitz, with Massart's constant). In all, correct work fails with a chance
    below 1e-7.
    """
    expected = f"{what}: normal, mean 0, standard deviation {std:.4g}"
    is_usable = isinstance(seen, torch.Tensor) and seen.dim() == 1 and len(seen) > 2 and bool(seen.isfinite().all())
    got = "numbers that are not finite" if isinstance(seen, torch.Tensor) else str(type(seen))
    expect(is_usable, expected=expected, got=got)
    mean, deviation, *quantiles = seen.double().tolist()
    low = 1 - 2 * math.sqrt(EXPONENT / count)
    high = 1 + 2 * math.sqrt(EXPONENT / count) + 2 * EXPONENT / count
    has_deviation = low - 1 / count <= (deviation / std) ** 2 <= high + 1 / count
    got = f"standard deviation {deviation:.4g}, which is {deviation / std:.3g} times as much"
    expect(has_deviation, expected=expected, got=got)
    is_centred = abs(mean) <= 6 * std / math.sqrt(count)
    expect(is_centred, expected=expected, got=f"mean {mean:.4g}, {mean / std:.2g} standard deviations from 0")
    allowed = math.sqrt(EXPONENT / (2 * count)) + 2 / count
    normal = statistics.NormalDist(0.0, std)
    levels = [0.025 + 0.95 * index / (len(quantiles) - 1) for index in range(len(quantiles))]
    worst = max(abs(normal.cdf(q) - level) for q, level in zip(quantiles, levels, strict=True))
    got = f"the right size, but not normal ({worst:.3f} off in its distribution)"
    expect(worst <= allowed, expected=expected, got=got)


def expect_independent(seen: Mapping[str, Any], count: int) -> None:
    """Fail the check unless rows of `count` normal draws can be independent of each other.

    seen: "correlations", float64 (k, k): how the rows are correlated; "one value for many numbers": bool

    The correlation of two independent rows of n normal numbers is nearly N(0, 1/n): more than 6.6/√n off with a chance
    of 5e-11, for each pair of rows.
    """
    expect(
        not seen["one value for many numbers"],
        expected="a random number of its own for each element",
        got="the same number for many",
    )
    correlations = seen["correlations"]
    is_square = correlations.dim() == 2 and correlations.shape[0] == correlations.shape[1] > 1
    expect(is_square, expected="noise for each parameter, in each step", got="something else")
    worst = float((correlations - torch.eye(len(correlations), dtype=torch.float64)).abs().nan_to_num(1.0).max())
    expect(
        worst < 6.6 / math.sqrt(count),
        expected="noises that are independent of each other",
        got=f"a correlation of {worst:.2f}",
    )
