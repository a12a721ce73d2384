import pytest

from torchdojo.grading import expect

pytestmark = pytest.mark.exercise("make_loader")


@pytest.mark.public
@pytest.mark.points(0.75)
def test_testing(compare, probes):
    """For testing the samples come in their order, and the last, smaller batch is kept."""
    compare(probes.loader_in_order)
    compare(probes.loader_in_order, samples=7, size=3)
    compare(probes.loader_in_order, samples=3, size=5)


@pytest.mark.public
@pytest.mark.points(0.75)
@pytest.mark.chance(1e-30)
def test_training(compare, probes):
    """For training they are shuffled, anew on each pass, and each comes once.

    Two orders of 30 samples are equal by chance once in 30! = 2.7e32.
    """
    compare(probes.loader_shuffled)
    compare(probes.loader_shuffled, samples=25, size=1)


@pytest.mark.points(0.25)
@pytest.mark.chance(7e-7)
@pytest.mark.kept("a clearer message: it says that whole batches were shuffled, where others only see the wrong order")
def test_samples_change_batches(observe, probes):
    """Shuffling mixes all samples: not the batches only, and not only samples that are near each other.

    1,000 samples in batches of 10: of the 500 pairs (2i, 2i + 1) each comes into one batch with probability 9/999, 4.5
    in the mean; that 40 do has a chance below 1e-20 (Poisson). How many of the first 100 are from one half is
    hypergeometric: more than 28 off 50 with a chance of 2·exp(−2 · 28² / 100) = 3.1e-7 at most (Hoeffding), twice.
    """
    got = observe(probes.loader_mixing, matches=0.2)
    together = got["neighbours in one batch"]
    expect(together < 40, expected="about 5 of 500 neighbouring pairs in the same batch of 10", got=f"{together}")
    for words in ("first half", "even ones"):
        seen = got[f"{words} among the first 100"]
        expect(abs(seen - 50) <= 28, expected=f"{words}: about 50 of the 100 that come first", got=f"{seen} of them")


@pytest.mark.points(0.25)
@pytest.mark.chance(1e-30)
def test_seed_decides(compare, probes):
    """The order comes from torch's global generator."""
    compare(probes.loader_seeded)
