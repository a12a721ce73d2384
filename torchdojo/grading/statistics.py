"""Check whether numbers are independent normal draws, with a stated chance of failing correct work."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from torchdojo.grading.failure import expect

EXPONENT = 21.0  # a bound that correct work exceeds with a chance of exp(−21) = 7.6e-10
TOO_EVEN = 0.2  # √n times the distance between the distributions is less with a chance of 1e-10
SAME = 1e-11  # how close two numbers are, in standard deviations, that were copied
MIN_COUNT = 150


def expect_normal(seen: Tensor, mean: Tensor, std: float, what: str = "the noise") -> None:
    """Fail the check unless what was added to each element of `mean` can be a draw from N(0, std²).

    seen: what the submission returned, of the shape of mean, which has n ≥ 150 elements

    Take the noise in units of std. Its mean is N(0, 1/n): more than 6.6/√n off with a chance of 5e-11. n times its mean
    square is χ²: Laurent and Massart (2000, Lemma 1) bound it by n + 2√(nx) + 2x above and n − 2√(nx) below, each but
    for a chance of exp(−x). Its distribution lies within √(x/2n) of the normal one but for a chance of 2·exp(−x)
    (Dvoretzky, Kiefer and Wolfowitz, with Massart's constant). It comes closer than 0.2/√n with a chance of 1e-10, by
    Kolmogorov's limit at 0.2 + 1/(6√n), which corrects it for a small n: numbers on a grid do, and were not drawn one
    by one. In all, correct work fails with a chance below 4e-9.
    """
    expected = f"{what}: normal, mean 0, standard deviation {std:.4g}"
    z = _standardize(seen, mean, std, expected)
    n = len(z)
    square, slack = float(z.square().mean()), 2 * math.sqrt(EXPONENT / n)
    got = f"standard deviation {math.sqrt(square) * std:.4g}, which is {math.sqrt(square):.3g} times as much"
    got = got if square else "nothing was added"
    expect(1 - slack <= square <= 1 + slack + 2 * EXPONENT / n, expected=expected, got=got)
    centre = float(z.mean())
    got = f"mean {centre * std:.4g}, {centre:.2g} standard deviations from 0"
    expect(abs(centre) <= 6.6 / math.sqrt(n), expected=expected, got=got)
    distance = _distance_from_normal(z)
    got = f"the right size, but not normal ({distance:.3f} off in its distribution)"
    expect(distance <= math.sqrt(EXPONENT / (2 * n)), expected=expected, got=got)
    got = "numbers that are spread too evenly to be drawn one by one"
    expect(distance >= TOO_EVEN / math.sqrt(n), expected=expected, got=got)


def expect_independent(seen: Tensor, mean: Tensor, std: float | Tensor) -> None:
    """Fail the check unless what was added to `mean` can be draws that are independent of each other.

    seen: of the shape of mean, step by step, parameter by parameter, element by element; std: one for all, or one for
    each step

    Copies, negated and reordered ones too, are of the same size as what they copy. Of independent draws hardly two are
    that close; one hundredth of them may be. The sum of the products with what was drawn h places before, for any h, is
    a quadratic form in the draws, with eigenvalues of at most 1, whose squares add up to at most n: it exceeds
    2√(nx) + 2x with a chance of exp(−x) (Laurent and Massart, 2000, Lemma 1, with weights of both signs); x is raised
    by log(2n), for all h and both signs. Noise that was made to have mean 0, or mean square 1, exactly is not
    independent: that close, 1e-9 of a standard error, it is with a chance of 2e-9. In all, correct work fails with a
    chance below 4e-9.
    """
    expected = "random numbers of their own for each element, each parameter and each step"
    z = _standardize(seen, mean, std, expected)
    n = len(z)
    gaps = z.abs().sort().values.diff()
    copies = int((gaps < SAME).sum())
    expect(copies <= n / 100, expected=expected, got=f"{copies} of {n} numbers that occur before")
    spectrum = torch.fft.rfft(z)
    products = torch.fft.irfft(spectrum.abs().square(), n=n)
    total, x = float(products[0]), EXPONENT + math.log(2 * n)
    most = (2 * math.sqrt(x / n) + 2 * x / n) / (1 - 2 * math.sqrt(EXPONENT / n))
    correlations = products[1 : n // 2 + 1] / total
    lag = int(correlations.abs().argmax())
    got = f"a correlation of {float(correlations[lag]):.2f} with the number {lag + 1} places before"
    expect(float(correlations[lag].abs()) <= most, expected=expected, got=got)
    errors = math.sqrt(n) * z.mean().abs(), math.sqrt(n / 2) * (z.square().mean() - 1).abs()
    got = "noise whose mean is 0 exactly, or its mean square the variance: each number depends on the others"
    expect(float(min(errors)) >= 1e-9, expected=expected, got=got)


def _standardize(seen: Tensor, mean: Tensor, std: float | Tensor, expected: str) -> Tensor:
    """Return (seen − mean) / std, flat; fail the check if that cannot be computed."""
    z = ((seen.double() - mean) / std).flatten()
    expect(bool(z.isfinite().all()), expected=expected, got="numbers that are not finite")
    assert len(z) >= MIN_COUNT
    return z


def _distance_from_normal(z: Tensor) -> float:
    """Return the largest distance between the distribution of the numbers and that of N(0, 1)."""
    n = len(z)
    below = torch.special.ndtr(z.sort().values)
    ranks = torch.arange(n + 1, dtype=torch.float64) / n
    return float(torch.maximum((ranks[1:] - below).abs(), (below - ranks[:-1]).abs()).max())
