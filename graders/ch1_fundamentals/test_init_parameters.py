import math

import pytest
import torch
from torch import Tensor

from torchdojo.grading import expect
from torchdojo.probe import Draw, Probe

pytestmark = pytest.mark.exercise("init_parameters")

LAGS = 20
ENTRIES = ("weights[0, 0]", "weights[1, 0]", "bias")


def draw_seeds(drawn: Draw, different: int, repeated: int) -> tuple[int, ...]:
    """Return different seeds, with some of them repeated, each at a drawn place."""
    seeds = (100 + drawn.permutation(900)[:different]).tolist()
    for _ in range(repeated):
        seeds.insert(drawn.integer(0, len(seeds) + 1), seeds[drawn.integer(0, len(seeds))])
    return tuple(seeds)


def repeatable_numbers(numbers: Tensor, seeds: tuple[int, ...], calls: int) -> Tensor:
    """Fail the check unless equal seeds, and only they, give equal numbers; return the numbers of each seed once.

    Nobody knows beforehand which seeds are repeated, so numbers from a table fail.
    """
    shape = (len(seeds), calls, 3)
    expect(numbers.shape == shape, expected="three numbers in each call", got=f"shape {tuple(numbers.shape)} in all")
    for index, seed in enumerate(seeds):
        for earlier in range(index):
            is_equal = torch.equal(numbers[earlier], numbers[index])
            if seeds[earlier] == seed:
                expect(is_equal, expected=f"the same numbers after seed {seed} as before", got="different numbers")
            else:
                expect(not is_equal, expected="different numbers after a different seed", got="the same numbers")
    return numbers[[seeds.index(seed) for seed in dict.fromkeys(seeds)]].double()


def standardise(numbers: Tensor) -> Tensor:
    """Return the numbers with mean 0 and standard deviation 1 in each entry."""
    return (numbers - numbers.mean((0, 1))) / numbers.std((0, 1))


def largest_correlation(numbers: Tensor) -> tuple[float, str]:
    """Return the largest correlation of two entries, of one call or of two up to LAGS calls apart, and which they are.

    Of those that are about as large, it is the first.
    """
    standard, calls, found = standardise(numbers), numbers.shape[1], []
    for lag in range(LAGS + 1):
        early, late = standard[:, : calls - lag].flatten(0, 1), standard[:, lag:].flatten(0, 1)
        correlations = early.T @ late / len(early)
        if lag == 0:
            correlations.fill_diagonal_(0.0)
        found.append(correlations.T.nan_to_num(nan=1.0))
    every = torch.stack(found)  # (lag, later entry, earlier entry)
    lag, later, earlier = (every.abs() >= 0.9 * every.abs().max()).nonzero()[0].tolist()
    when = ("", " of the previous call")[lag] if lag < 2 else f" of {lag} calls before"
    return every[lag, later, earlier].item(), f"{ENTRIES[later]} and {ENTRIES[earlier]}{when}"


@pytest.mark.public
@pytest.mark.guessable
@pytest.mark.points(0.5)
@pytest.mark.hint(
    "Print the shape, the dtype and `requires_grad` of both tensors, and compare them with the docstring."
)
@pytest.mark.rests_on(
    "Returns the tuple (weights, bias): shapes (2, 1) and (1,), float32, on the CPU, not tracking gradients"
)
def test_form(compare, probes):
    """It returns (weights, bias) of shapes (2, 1) and (1,), float32, on the CPU, not tracking gradients."""
    compare(probes.init_form)


# All generators get 24 seeds, four of them for the second time. Without these, 4,000 calls are left for the
# distribution: 8,000 weights and 4,000 biases. A sample standard deviation has the standard deviation σ/√(2n), 0.79 and
# 1.12 % of σ; a mean has σ/√n, 1.1e-4 and 1.6e-4. Each bound below is at least 5.6 of these away, so it fails a correct
# answer with a probability of at most 2.2e-8. The excess kurtosis of n = 12,000 normal numbers has the standard
# deviation √(24/n) = 0.045; the bounds are 5.8 of these below 0 and 7.1 above: it is skewed to the right. That is 4e-9
# each, by Edgeworth's expansion. All of them lie within 3.1 σ with a probability of 8e-11.
# For independence, 2,000 calls are left. The correlation of n = 1,600 or more independent pairs is nearly N(0, 1/n):
# more than 7/√n off with a probability of 3e-12, and 1.2e-11 for sizes, whose distribution is skewed. There are 372.


def fresh_numbers(observe, probe: Probe, drawn: Draw, calls: int) -> Tensor:
    """Return the numbers of so many calls after each of 20 seeds: (20, calls, 3)."""
    seeds = draw_seeds(drawn, 20, 4)
    answer = observe(probe, matches=1e-4, seeds=seeds, calls=calls)
    return repeatable_numbers(answer["the numbers drawn"], seeds, calls)


@pytest.mark.public
@pytest.mark.points(0.5)
@pytest.mark.chance(1e-7)
@pytest.mark.hint("Draw ten thousand numbers the way you do it, and look at their `.mean()` and `.std()`.")
@pytest.mark.rests_on("Draw every entry from N(0, 0.01²)")
def test_distribution(observe, probes, drawn):
    """Every entry is normal, with mean 0 and standard deviation 0.01."""
    numbers = fresh_numbers(observe, probes.init_draws, drawn, calls=200)
    for name, own, bound in (("weights", numbers[..., :2], 0.0005), ("bias", numbers[..., 2], 0.0007)):
        std, mean = own.std().item(), own.mean().item()
        expect(
            abs(std - 0.01) < bound,
            expected=f"{name}: a standard deviation of 0.01 (variance 0.0001)",
            got=f"{name}: a standard deviation of {std:.4g}",
        )
        expect(
            abs(mean) < bound * 1.5,
            expected=f"{name}: mean 0",
            got=f"{name}: mean {mean:.4g}",
        )
    kurtosis = standardise(numbers).pow(4).mean().item() - 3.0
    how_often = "too few numbers lie" if kurtosis < 0 else "too many numbers lie"
    expect(
        -0.26 < kurtosis < 0.32,
        expected="a normal distribution (an excess kurtosis of 0, give or take 0.3)",
        got=f"a different one: {how_often} far from the mean (an excess kurtosis of {kurtosis:.2f})",
    )
    largest = numbers.abs().max().item()
    expect(
        largest > 0.031,
        expected="normal numbers, a few of them beyond three standard deviations",
        got=f"no number of 12,000 beyond {largest:.3g}",
    )


@pytest.mark.core
@pytest.mark.points(0.5)
@pytest.mark.chance(1e-8)
@pytest.mark.hint("Call your function a few times and print what it returns: which numbers repeat?")
@pytest.mark.rests_on("independently, and fresh on each call")
def test_independent(observe, probes, drawn):
    """The entries are independent of each other, and fresh on each call."""
    numbers = fresh_numbers(observe, probes.init_draws, drawn, calls=100)
    count = min(len(entry.unique()) for entry in numbers.flatten(0, 1).T)
    expect(
        count > 1950,
        expected="different numbers on each call",
        got=f"only {count:,} different values in 2,000 draws of one entry",
    )
    for what, values in (("", numbers), ("the absolute values of ", numbers.abs())):
        correlation, entries = largest_correlation(values)
        expect(
            abs(correlation) < 7 / math.sqrt(1600),
            expected="entries that are independent of each other, and of those of other calls",
            got=f"{what}{entries}: a correlation of {correlation:.2f}, not 0",
        )


@pytest.mark.points(0.5)
@pytest.mark.hint("Call `torch.manual_seed(0)` before each of two calls: do both return the same numbers?")
@pytest.mark.rests_on("Draws from torch's global generator, so that torch.manual_seed makes it repeatable")
def test_global_generator(observe, probes, drawn):
    """It draws from torch's global generator, so torch.manual_seed decides the numbers."""
    seeds = draw_seeds(drawn, 6, 6)
    repeatable_numbers(observe(probes.init_seeded, seeds=seeds)["the numbers drawn"], seeds, 2)
