"""find_pattern and find_deck: what they find, and what they leave alone."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from torchdojo.grading.independence import Deck, Pattern, find_deck, find_pattern

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


def dealt(generator: torch.Generator, hits: int, length: int, steps: int) -> Tensor:
    """Return whether each card is a hit, of decks that are shuffled and dealt one after the other."""
    decks = [torch.randperm(length, generator=generator) < hits for _ in range(steps // length + 1)]
    return torch.cat(decks)[:steps]


@pytest.mark.parametrize("length", range(2, 15, 2))
def test_a_deck_is_found_wherever_it_begins(length: int) -> None:
    for seed in range(40):
        is_hit = dealt(torch.Generator().manual_seed(seed), length // 2, length, 520)[seed % length :][:500]
        deck = find_deck(is_hit, 2, longest=14, share=0.8)
        assert deck is not None
        assert deck.length <= length
        assert deck.share > 0.8


def test_a_deck_of_which_one_in_nine_is_a_hit_is_found() -> None:
    is_hit = dealt(torch.Generator().manual_seed(1), 3, 27, 1500)
    assert find_deck(is_hit, 9, longest=64, share=0.8) == Deck(length=27, share=1.0)


@pytest.mark.parametrize(("size", "longest", "steps"), [(2, 14, 500), (2, 64, 1500), (9, 64, 1500)])
def test_independent_draws_are_no_deck(size: int, longest: int, steps: int) -> None:
    for seed in range(200):
        is_hit = torch.randint(0, size, (steps,), generator=torch.Generator().manual_seed(seed)) == 0
        assert find_deck(is_hit, size, longest=longest, share=0.8) is None
