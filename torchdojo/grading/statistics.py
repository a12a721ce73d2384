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
    centre, spread = float(z.mean()), float(z.std(correction=0))
    both = f"mean {centre * std:.4g}, standard deviation {spread * std:.4g}"
    size = f"standard deviation {spread * std:.4g}, which is {spread:.3g} times the expected one"
    size = both if abs(centre) > 6.6 * spread / math.sqrt(n) else size
    odd = _describe_oddity(z) if seen.dtype.itemsize >= 4 else ""  # a narrow dtype rounds small noise to 0
    expect(1 - slack <= square <= 1 + slack + 2 * EXPONENT / n, expected=expected, got=odd or size)
    expect(abs(centre) <= 6.6 / math.sqrt(n), expected=expected, got=odd or both)
    distance = _distance_from_normal(z)
    got = odd or f"the right mean and standard deviation, but not normally distributed (off by {distance:.3f})"
    expect(distance <= math.sqrt(EXPONENT / (2 * n)), expected=expected, got=got)
    got = "numbers that are spread too evenly to be independent draws"
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
    expected = "independent random numbers for each element, each parameter and each step"
    z = _standardize(seen, mean, std, expected)
    n = len(z)
    gaps = z.abs().sort().values.diff()
    copies = int((gaps < SAME).sum())
    expect(copies <= n / 100, expected=expected, got=_describe_oddity(z) or _describe_copies(z, copies))
    spectrum = torch.fft.rfft(z)
    products = torch.fft.irfft(spectrum.abs().square(), n=n)
    total, x = float(products[0]), EXPONENT + math.log(2 * n)
    most = (2 * math.sqrt(x / n) + 2 * x / n) / (1 - 2 * math.sqrt(EXPONENT / n))
    correlations = products[1 : n // 2 + 1] / total
    lag = int(correlations.abs().argmax())
    got = f"each number correlates ({float(correlations[lag]):.2f}) with {_describe_earlier(seen, lag + 1)}"
    expect(float(correlations[lag].abs()) <= most, expected=expected, got=got)
    errors = math.sqrt(n) * z.mean().abs(), math.sqrt(n / 2) * (z.square().mean() - 1).abs()
    got = "noise that was shifted or scaled to exactly mean 0 or exactly the variance: its numbers depend on each other"
    expect(float(min(errors)) >= 1e-9, expected=expected, got=got)


def _describe_oddity(z: Tensor) -> str:
    """Say where nothing was added, or everywhere the same; "" if neither is so."""
    zeros = int((z.abs() < SAME).sum())
    if zeros > len(z) / 100:
        return "nothing was added" if zeros == len(z) else f"nothing was added to {zeros} of {len(z)} numbers"
    return "the same number was added to every element" if float(z.max() - z.min()) < SAME else ""


def _describe_copies(z: Tensor, copies: int) -> str:
    is_signed = int((z.sort().values.diff() < SAME).sum()) == copies
    return f"{copies} of {len(z)} numbers repeat an earlier one{'' if is_signed else ', up to its sign'}"


def _describe_earlier(seen: Tensor, lag: int) -> str:
    """Name the number that is so many places before another; if `seen` has two dimensions, each row is a step."""
    steps, places = divmod(lag, seen.shape[-1])
    if seen.dim() == 2 and not places:
        return f"the one at the same place {steps} step{'' if steps == 1 else 's'} earlier"
    return f"the one {lag} place{'' if lag == 1 else 's'} before it"


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
