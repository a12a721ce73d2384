from itertools import combinations

import pytest
import torch

from torchdojo.grading import expect

pytestmark = pytest.mark.exercise("make_loader")

CHANCE_ALONE = 20  # of a random order's steps are equal with a chance of about 1/20! = 4e-19: that often one fits


def draw_numbers(drawn, count: int) -> tuple[int, ...]:
    """Return the different numbers that a data set of this size holds."""
    return tuple(drawn.permutation(10_000)[:count].tolist())


@pytest.mark.public
@pytest.mark.points(0.5)
@pytest.mark.rests_on(
    "Return a DataLoader over the data set.",
    "samples in a batch; the last batch may be smaller and is kept",
    "False keeps the order of the data set",
)
@pytest.mark.hint(
    "Go through the loader once and print what comes out: which sample is first, and how long is the last batch?"
)
def test_testing(compare, probes):
    """For testing, the samples come in order, the last, smaller batch is kept, and the data set left unchanged."""
    compare(probes.loader_in_order)
    compare(probes.loader_in_order, samples=7, size=3)
    compare(probes.loader_in_order, samples=3, size=5)
    compare(probes.loader_in_order, samples=8, size=4)


@pytest.mark.public
@pytest.mark.points(0.5)
@pytest.mark.rests_on(
    "Return a DataLoader over the data set.",
    "the last batch may be smaller and is kept",
    "what a function is given, it leaves as it was",
)
@pytest.mark.hint("Count the samples of one pass. Is the last, smaller batch among them?")
def test_batches(observe, probes, drawn):
    """For training, each sample comes once in each pass, and the last, smaller batch is kept."""
    for samples, size in ((30, 8), (25, 8), (drawn.integer(3, 7), 8)):
        numbers = draw_numbers(drawn, samples)
        got = observe(probes.loader_shuffled, varies=("passes",), numbers=numbers, size=size)
        expect(got["is a DataLoader"], expected="a DataLoader", got="something else")
        expect(got["data set unchanged"], expected="the data set as it was before", got="a changed data set")
        wanted = [min(size, samples - first) for first in range(0, samples, size)]
        for batches in got["passes"]:
            sizes = [len(batch[0]) for batch in batches]
            expected = f"{samples} samples in batches of {listed(wanted)}"
            expect(sizes == wanted, expected=expected, got=f"batches of {listed(sizes)}")
            together = all(batch[1] == [-number for number in batch[0]] for batch in batches)
            expect(together, expected="the parts of a sample in the same place", got="parts of different samples")
        find_orders(got["passes"], numbers)


@pytest.mark.public
@pytest.mark.core
@pytest.mark.points(0.5)
@pytest.mark.chance(1e-15)
@pytest.mark.kept("the point of the exercise: its message says that nothing is shuffled, or always alike")
@pytest.mark.rests_on("True shuffles the samples", "afresh on each pass, independently of the passes before")
@pytest.mark.hint("Go through the loader twice, and print the first batch of each pass.")
def test_training(observe, probes, drawn):
    """For training, the samples are reshuffled on each pass.

    How often a random order agrees with a given one is like the number of fixed points: m or more with a chance of at
    most 1/m!. Each of 6 pairs of orders is compared in at most 2 · 28 ways, for two data sets.
    """
    for samples, size in ((25, 1), (28, 4)):
        numbers = draw_numbers(drawn, samples)
        got = observe(probes.loader_shuffled, varies=("passes",), numbers=numbers, size=size)
        orders = find_orders(got["passes"], numbers)
        for (name, one), (other_name, other) in combinations(orders.items(), 2):
            ranks, steps = rank(other, one), torch.arange(samples)
            for how, agreeing in (("", ranks - steps), (", from back to front", ranks + steps)):
                counts = (agreeing % samples).bincount()
                most = int(counts.max())
                turned = ", but from a different start" if not how and int(counts.argmax()) else ""
                expect(
                    most < CHANCE_ALONE,
                    expected=f"an order in {other_name} that has nothing to do with that of {name}",
                    got=f"the same order for {most} of {samples} samples{how or turned}",
                )


def listed(sizes: list[int]) -> str:
    return ", ".join(map(str, sizes)) or "no samples"


def find_orders(passes, numbers) -> dict[str, torch.Tensor]:
    """Return the order of the samples in the data set and in each pass, by name; fail where one is missing or twice."""
    places = {number: place for place, number in enumerate(numbers)}
    orders = {"the data set": torch.arange(len(numbers))}
    for index, batches in enumerate(passes):
        seen = [number for batch in batches for number in batch[0]]
        missing = len(set(numbers) - set(seen))
        expect(
            sorted(seen) == sorted(numbers),
            expected=f"each of {len(numbers)} samples once in each pass",
            got=f"{len(seen)} samples, of which {missing} are missing" if missing else "some of them twice",
        )
        orders[f"pass {index + 1}"] = torch.tensor([places[number] for number in seen])
    return orders


def rank(order: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
    """Return the place that each sample of an order has in a known order."""
    return known.argsort()[order]


@pytest.mark.points(0.25)
@pytest.mark.chance(1e-8)
@pytest.mark.kept("a clearer message: it says that whole batches were shuffled, where others only see the wrong order")
@pytest.mark.rests_on("shuffles the samples, all orders equally likely", "independently of the passes before")
@pytest.mark.hint("Any two samples should be able to meet in a batch, on any pass.")
def test_samples_change_batches(observe, probes, drawn):
    """Shuffling mixes all samples: not just the batches, and not just samples that are near each other.

    500 samples, 8 passes; each pass is compared with the data set and the passes before it, 36 pairs. How many of 499
    steps from a sample to the next are equal, as counted in the other order, is nearly Poisson with mean 1, for each of
    500 steps: 20 or more with a chance of 4e-19. How many of the first 200 are from the first half, or even, is
    hypergeometric: more than 50 off 100 with a chance of at most 2·exp(−2 · 50² / 200) = 3e-11 (Hoeffding), 72 times.
    """
    numbers = draw_numbers(drawn, 500)
    got = observe(probes.loader_shuffled, varies=("passes",), numbers=numbers, size=10, count=8)
    for (name, one), (other_name, other) in combinations(find_orders(got["passes"], numbers).items(), 2):
        ranks = rank(other, one)
        steps = ((ranks[1:] - ranks[:-1]) % 500).bincount()
        most = int(steps.max())
        alike = "the same as in" if int(steps.argmax()) in (1, 499) else "equally far apart in"
        expect(
            most < CHANCE_ALONE,
            expected=f"neighbours in {other_name} that are not neighbours in {name}",
            got=f"{most} of 499 neighbours are {alike} {name}",
        )
        for kind, is_one in (("the first half", ranks < 250), ("the even places", ranks % 2 == 0)):
            count = int(is_one[:200].sum())
            expected = f"about 100 of the first 200 samples in {other_name} from {kind} of {name}"
            expect(abs(count - 100) <= 50, expected=expected, got=f"{count} of them")


@pytest.mark.points(0.25)
@pytest.mark.chance(1e-30)
@pytest.mark.rests_on("drawn from torch's global generator, so that torch.manual_seed makes it repeatable")
@pytest.mark.hint("Which generator draws the order? There is one that you need not name.")
def test_seed_decides(observe, probes, drawn):
    """The order comes from torch's global generator.

    Two orders of 32 samples are equal with a chance of one in 32! = 3e35.
    """
    numbers = draw_numbers(drawn, 32)
    _, *orders = find_orders(observe(probes.loader_seeded, numbers=numbers)["passes"], numbers).values()
    for when, (once, again, other) in (("before", orders[:3]), ("after", orders[3:])):
        name = f"seed, with a loader that was made {when} torch.manual_seed"
        expect(torch.equal(once, again), expected=f"the same order after the same {name}", got="a different order")
        expected = f"a different order after a different {name}"
        expect(not torch.equal(once, other), expected=expected, got="the same order")
