import pytest
import torch

from torchdojo.grading import expect
from torchdojo.grading.statistics import expect_normal

pytestmark = pytest.mark.exercise("add_gradient_noise_")


@pytest.mark.public
@pytest.mark.points(1)
@pytest.mark.chance(2e-7)
def test_noise(observe, probes):
    """What is added is normal, with mean 0 and standard deviation std.

    The chance of each of the two comparisons is in torchdojo.grading.statistics.
    """
    for std in (0.5, 3.0):
        expect_normal(observe(probes.added, std=std, matches=0.1)["noise"], 20000, std)


@pytest.mark.points(0.75)
@pytest.mark.chance(1e-7)
@pytest.mark.kept("a clearer message: it says that two noises are the same")
def test_fresh_noise(observe, probes):
    """Each parameter, and each call, gets noise of its own.

    The correlation of two independent rows of 1,500 normal numbers is nearly N(0, 1/1500): its size is above 0.17 with
    a chance of 5e-11, for each of 15 pairs.
    """
    got = observe(probes.added_fresh, matches=0.2)
    correlations = got["correlations"]
    expect(correlations.shape == (6, 6), expected="noise for three parameters, twice", got="something else")
    expect(
        not got["one value for many numbers"],
        expected="a noise value of its own for each number",
        got="the same value for many",
    )
    worst = float((correlations - torch.eye(6, dtype=torch.float64)).abs().max())
    expect(worst < 0.17, expected="noises that are independent of each other", got=f"a correlation of {worst:.2f}")


@pytest.mark.public
@pytest.mark.points(1)
def test_in_place(compare, probes):
    """It changes the numbers in .grad and nothing else; a grad of None stays None."""
    compare(probes.added_in_place)


@pytest.mark.points(0.5)
def test_any_iterable(compare, probes):
    """The parameters may come from any iterable, even a generator; 0-dim parameters work too."""
    compare(probes.added_to_any_iterable)


@pytest.mark.points(0.5)
@pytest.mark.chance(1e-12)
def test_generator(compare, probes):
    """If a generator is given, it is the only source of random numbers."""
    compare(probes.added_from_a_generator)


@pytest.mark.points(0.25)
@pytest.mark.chance(1e-12)
@pytest.mark.kept("the contract says where randomness comes from")
def test_seed_decides(compare, probes):
    """Without a generator, the noise comes from torch's global one."""
    compare(probes.added_seeded)


@pytest.mark.points(0.25)
@pytest.mark.chance(1e-9)
@pytest.mark.kept("the contract says that noise is in the gradient's dtype")
def test_dtypes(compare, probes):
    """Gradients keep their dtype.

    Of 40 numbers in bfloat16, fewer than a tenth stay the same: their noise is below half a rounding step.
    """
    compare(probes.added_dtypes)


@pytest.mark.points(0.25)
@pytest.mark.kept("a clearer message: without noise every change is a mistake")
def test_no_noise(compare, probes):
    """With std 0, the gradients are unchanged."""
    compare(probes.added_nothing)


@pytest.mark.public
@pytest.mark.points(0.5)
@pytest.mark.chance(1e-12)
def test_placement(compare, probes):
    """The noise is created on the gradient's device."""
    compare(probes.added_place, device="cuda")
