import pytest

from torchdojo.grading import expect

pytestmark = pytest.mark.exercise("make_loader")


@pytest.mark.public
@pytest.mark.points(0.75)
def test_testing(compare, probes):
    """For testing the samples come in their order, and the last, smaller batch is kept."""
    compare(probes.loader_in_order)
    compare(probes.loader_in_order, samples=6, size=3)
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
@pytest.mark.chance(9e-7)
def test_samples_change_batches(observe, probes):
    """Shuffling mixes all samples, not only the batches.

    Two of eight samples share a batch of four with probability 3/7. A share of 300 passes lies more than 0.16 off with
    a chance of 2·exp(−2 · 300 · 0.16²) = 4.3e-7 at most (Hoeffding); there are two of them.
    """
    got = observe(probes.loader_mixing, matches=0.1)
    for other in (1, 7):
        share = got[f"share with {other}"]
        expect(
            abs(share - 3 / 7) <= 0.16,
            expected=f"samples 0 and {other} of 8 in the same batch of 4 in 3 of 7 passes",
            got=f"in {share:.0%} of 300",
        )


@pytest.mark.points(0.25)
@pytest.mark.chance(1e-30)
def test_seed_decides(compare, probes):
    """The order comes from torch's global generator."""
    compare(probes.loader_seeded)
