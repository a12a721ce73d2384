"""What passes for independent normal draws, and what does not."""

import pytest
import torch
from torch import Tensor

from torchdojo.grading.failure import CheckFailed
from torchdojo.grading.statistics import expect_independent, expect_normal

COUNT, STD = 3000, 0.4
MEAN = torch.full((COUNT,), 7.0, dtype=torch.float64)


def draws(count: int = COUNT, seed: int = 1) -> Tensor:
    return torch.randn(count, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def grid() -> Tensor:
    order = torch.randperm(COUNT, generator=torch.Generator().manual_seed(1))
    return torch.special.ndtri((order + 0.5).double() / COUNT)


def golden_ratio() -> Tensor:
    return torch.special.ndtri((torch.arange(1, COUNT + 1, dtype=torch.float64) * (5**0.5 - 1) / 2) % 1)


def one_in_each_part() -> Tensor:
    offsets = torch.rand(COUNT, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    return torch.special.ndtri((torch.arange(COUNT, dtype=torch.float64) + offsets) / COUNT)


@pytest.mark.parametrize("count", [150, 400, COUNT])
def test_draws_pass(count: int) -> None:
    for seed in range(100):
        seen = MEAN[:count] + STD * draws(count, seed)
        expect_normal(seen, MEAN[:count], STD)
        expect_independent(seen, MEAN[:count], STD)


def test_draws_with_other_deviations_in_each_step_pass() -> None:
    stds = torch.linspace(0.1, 2.0, 20, dtype=torch.float64)[:, None]
    expect_independent(draws().view(20, -1) * stds, torch.zeros(20, COUNT // 20), stds)


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        (torch.zeros(COUNT), "nothing was added"),
        (1.2 * draws(), "1.19 times the expected one"),
        (draws() + 0.2, "mean 0.08"),
        (12**0.5 * (torch.special.ndtr(draws()) - 0.5), "not normal"),
        (grid(), "too evenly"),
        (golden_ratio(), "too evenly"),
        (one_in_each_part(), "too evenly"),
        (torch.full((COUNT,), torch.nan), "not finite"),
    ],
)
def test_other_distributions_fail(numbers: Tensor, words: str) -> None:
    with pytest.raises(CheckFailed, match=words):
        expect_normal(MEAN + STD * numbers, MEAN, STD)


HALF = draws(COUNT // 2)
ORDER = torch.randperm(COUNT // 2, generator=torch.Generator().manual_seed(2))


@pytest.mark.parametrize(
    "numbers",
    [
        pytest.param(torch.zeros(COUNT), id="none"),
        pytest.param(torch.cat([HALF, HALF]), id="used twice"),
        pytest.param(torch.cat([HALF, -HALF]), id="negated"),
        pytest.param(torch.cat([HALF, HALF.roll(11)]), id="shifted"),
        pytest.param(torch.cat([HALF, HALF[ORDER]]), id="shuffled"),
        pytest.param(torch.cat([HALF, draws(COUNT // 2, 2).abs() * HALF.sign()]), id="signs used twice"),
        pytest.param(draws().abs() * torch.tensor([1, -1]).repeat(COUNT // 2), id="alternating signs"),
        pytest.param(0.6 * draws() + 0.8 * draws().roll(1), id="in part the number before"),
        pytest.param(draws() - draws().mean(), id="balanced"),
        pytest.param(draws() / draws().square().mean().sqrt(), id="scaled to its variance"),
    ],
)
def test_what_depends_on_other_numbers_fails(numbers: Tensor) -> None:
    with pytest.raises(CheckFailed):
        expect_independent(MEAN + STD * numbers, MEAN, STD)


def test_what_is_added_counts_in_units_of_its_deviation() -> None:
    """Noise that fades is still a copy."""
    stds = torch.tensor([[1.0], [0.3]], dtype=torch.float64)
    with pytest.raises(CheckFailed, match=r"1500 of 3000 numbers repeat an earlier one$"):
        expect_independent(torch.stack([HALF, HALF]) * stds, torch.zeros(2, COUNT // 2), stds)


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        (torch.full((COUNT,), 0.5), "the same number was added to every element"),
        (0.1 * draws() + 0.5, r"mean 0.2\d*, standard deviation 0.0[34]"),
        (2**0.5 * draws() * torch.tensor([1, 0]).repeat(COUNT // 2), "nothing was added to 1500 of 3000 numbers"),
    ],
)
def test_the_size_in_words(numbers: Tensor, words: str) -> None:
    with pytest.raises(CheckFailed, match=words):
        expect_normal(MEAN + STD * numbers, MEAN, STD)


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        (torch.cat([HALF, 0 * HALF]), "nothing was added to 1500 of 3000 numbers"),
        (torch.cat([HALF, -HALF]), "1500 of 3000 numbers repeat an earlier one, up to its sign"),
        (0.6 * draws() + 0.8 * draws().roll(1), r"with the one 1 place before it"),
        (0.6 * draws() + 0.8 * draws().roll(200), r"with the one at the same place 2 steps earlier"),
    ],
)
def test_the_dependence_in_words(numbers: Tensor, words: str) -> None:
    with pytest.raises(CheckFailed, match=words):
        expect_independent((MEAN + STD * numbers).view(30, 100), MEAN.view(30, 100), STD)


def test_rounding_is_no_pattern() -> None:
    seen = draws().float()
    expect_normal(seen, torch.zeros(COUNT), 1.0)
    expect_independent(seen, torch.zeros(COUNT), 1.0)
