import pytest

from torchdojo.grading import expect

pytestmark = pytest.mark.exercise("make_loader")


@pytest.mark.public
@pytest.mark.points(0.75)
def test_testing(compare, probes):
    """For testing, the samples come in order, and the last, smaller batch is kept."""
    compare(probes.loader_in_order)
    compare(probes.loader_in_order, samples=7, size=3)
    compare(probes.loader_in_order, samples=3, size=5)


@pytest.mark.public
@pytest.mark.points(0.75)
@pytest.mark.chance(1e-30)
def test_training(compare, probes):
    """For training, they are reshuffled on each pass, and each comes once.

    Two orders of 30 samples are equal with a chance of one in 30! = 2.7e32.
    """
    compare(probes.loader_shuffled)
    compare(probes.loader_shuffled, samples=25, size=1)


@pytest.mark.points(0.25)
@pytest.mark.chance(7e-7)
@pytest.mark.kept("a clearer message: it says that whole batches were shuffled, where others only see the wrong order")
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
def test_seed_decides(compare, probes):
    """The order comes from torch's global generator."""
    compare(probes.loader_seeded)
