import pytest

from torchdojo.grading import expect

pytestmark = pytest.mark.exercise("make_loader")


@pytest.mark.public
@pytest.mark.points(0.75)
@pytest.mark.rests_on(
    "Return a DataLoader over the data set.",
    "samples in a batch; the last batch may be smaller and is kept",
    "False keeps the order of the data set",
)
def test_testing(compare, probes):
    """For testing, the samples come in order, and the last, smaller batch is kept."""
    compare(probes.loader_in_order)
    compare(probes.loader_in_order, samples=7, size=3)
    compare(probes.loader_in_order, samples=3, size=5)
    compare(probes.loader_in_order, samples=8, size=4)


@pytest.mark.public
@pytest.mark.points(0.75)
@pytest.mark.chance(1e-24)
@pytest.mark.rests_on(
    "the last batch may be smaller and is kept",
    "True shuffles the samples",
    "afresh on each pass",
    "what a function is given, it leaves as it was",
)
def test_training(compare, probes):
    """For training, they are reshuffled on each pass, and each comes once.

    Two orders of 25 samples are equal with a chance of one in 25! = 1.6e25; here 24 pairs of orders are compared.
    """
    compare(probes.loader_shuffled)
    compare(probes.loader_shuffled, samples=25, size=1)
    compare(probes.loader_shuffled, samples=28, size=7)
    compare(probes.loader_shuffled, samples=25, size=8)


@pytest.mark.points(0.25)
@pytest.mark.chance(7e-7)
@pytest.mark.kept("a clearer message: it says that whole batches were shuffled, where others only see the wrong order")
@pytest.mark.rests_on("shuffles the samples, all orders equally likely")
def test_samples_change_batches(observe, probes):
    """Shuffling mixes all samples: not just the batches, and not just samples that are near each other.

    1,000 samples in batches of 10: each of the 500 pairs (2i, 2i + 1) lands in one batch with probability 9/999, so 4.5
    do on average; the chance that 40 do is below 1e-20 (Poisson). How many of the first 100 are from one half is
    hypergeometric: more than 28 off 50 with a chance of at most 2·exp(−2 · 28² / 100) = 3.1e-7 (Hoeffding), twice.
    """
    got = observe(probes.loader_mixing, matches=0.2)
    pairs = got["neighbours in one batch"]
    expect(pairs < 40, expected="about 5 of 500 neighbouring pairs in the same batch of 10", got=f"{pairs}")
    for kind in ("samples of the first half", "even numbers"):
        count = got[f"{kind} among the first 100"]
        expect(abs(count - 50) <= 28, expected=f"{kind}: about 50 among the first 100", got=f"{count} of them")


@pytest.mark.points(0.25)
@pytest.mark.chance(1e-30)
@pytest.mark.rests_on("drawn from torch's global generator, so that torch.manual_seed makes it repeatable")
def test_seed_decides(compare, probes):
    """The order comes from torch's global generator."""
    compare(probes.loader_seeded)
