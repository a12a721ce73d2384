"""find_pattern: what it finds, and what it leaves alone."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from torchdojo.grading.independence import Pattern, find_pattern

STEPS = 2000
ONE = torch.ones(1, dtype=torch.float64)
Draws = Callable[[torch.Generator], Tensor]


def signs(generator: torch.Generator, *shape: int) -> Tensor:
    """Return fair draws of −1 and +1."""
    return torch.randint(0, 2, shape, generator=generator).double() * 2 - 1


def uniform(generator: torch.Generator, *shape: int) -> Tensor:
    """Return uniform draws from [−1, 1]."""
    return torch.rand(shape, generator=generator, dtype=torch.float64) * 2 - 1


@pytest.mark.parametrize("draws", [signs, uniform])
def test_independent_draws_have_no_pattern(draws: Callable[..., Tensor]) -> None:
    for seed in range(200):
        numbers = draws(torch.Generator().manual_seed(seed), STEPS, 3)
        assert find_pattern(numbers, ONE.expand(3), width=2.0) is None


PATTERNS: dict[str, tuple[Draws, int]] = {
    "by turns": (lambda _: torch.tensor([1.0, -1.0]).double().repeat(STEPS // 2), 1),
    "twice each": (lambda g: signs(g, STEPS // 2).repeat_interleave(2), 1),
    "a long list again": (lambda g: signs(g, 700).repeat(3), 700),
    "mirrored": (lambda g: torch.cat([half := uniform(g, STEPS // 2), -half]), STEPS // 2),
    "averages of two neighbours": (lambda g: uniform(g, 5 * STEPS + 1).unfold(0, 2, 1).mean(1), 1),
}


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_is_found(name: str) -> None:
    draw, lag = PATTERNS[name]
    for seed in range(20):
        numbers = draw(torch.Generator().manual_seed(seed))
        pattern = find_pattern(numbers[:, None], ONE, width=2.0)
        assert pattern is not None
        assert pattern.lag % lag == 0


def test_one_series_that_follows_another_is_found() -> None:
    generator = torch.Generator().manual_seed(1)
    leader, other = signs(generator, STEPS), signs(generator, STEPS)
    follower = leader.roll(5)
    numbers = torch.stack([other, follower, leader], dim=1)
    assert find_pattern(numbers, ONE.expand(3), width=2.0) == Pattern(series=1, other=2, lag=5)


def test_two_series_are_compared_at_the_same_step() -> None:
    numbers = signs(torch.Generator().manual_seed(1), STEPS, 1).expand(STEPS, 2)
    pattern = find_pattern(numbers, ONE.expand(2), width=2.0)
    assert pattern is not None
    assert pattern.lag == 0
    assert {pattern.series, pattern.other} == {0, 1}
