import pytest

from torchdojo.grading.statistics import expect_independent, expect_normal

pytestmark = pytest.mark.exercise("add_gradient_noise_")


@pytest.mark.public
@pytest.mark.points(1)
@pytest.mark.chance(2e-7)
@pytest.mark.rests_on(
    "Add fresh N(0, std²) numbers to the gradient of each parameter", "std: standard deviation of the noise"
)
def test_noise(observe, probes):
    """What is added is normal, with mean 0 and standard deviation std.

    The chance of each of the two comparisons is in torchdojo.grading.statistics.
    """
    for std in (0.5, 3.0):
        expect_normal(observe(probes.added, std=std, matches=0.1)["noise"], 20000, std)


@pytest.mark.points(0.75)
@pytest.mark.chance(1e-7)
@pytest.mark.kept("a clearer message: it says that two noises are the same")
@pytest.mark.rests_on(
    "independent from one element to the next, from one parameter to the next, and from one step to the next"
)
def test_fresh_noise(observe, probes):
    """Each parameter, and each call, gets noise of its own.

    The chance of the comparison is in torchdojo.grading.statistics.
    """
    expect_independent(observe(probes.added_fresh, matches=0.2), 1500)


@pytest.mark.public
@pytest.mark.points(1)
@pytest.mark.rests_on(
    "to the gradient of each parameter, in place and unrecorded",
    "those whose grad is None are left alone, and keep None",
)
def test_in_place(compare, probes):
    """It changes the numbers in .grad and nothing else; a grad of None stays None."""
    compare(probes.added_in_place)


@pytest.mark.points(0.5)
@pytest.mark.rests_on("parameters: any iterable, a generator too")
def test_any_iterable(compare, probes):
    """The parameters may come from any iterable, even a generator; 0-dim parameters work too."""
    compare(probes.added_to_any_iterable)


@pytest.mark.points(0.5)
@pytest.mark.chance(1e-12)
@pytest.mark.rests_on(
    "They come from the `generator` that was passed, and from no other source",
    "generator: where the random numbers come from, on the gradients' device",
)
def test_generator(compare, probes):
    """If a generator is given, it is the only source of random numbers."""
    compare(probes.added_from_a_generator)


@pytest.mark.points(0.25)
@pytest.mark.chance(1e-12)
@pytest.mark.kept("the contract says where randomness comes from")
@pytest.mark.rests_on("None: torch's global generator", "they come from torch's global generator")
def test_seed_decides(compare, probes):
    """Without a generator, the noise comes from torch's global one."""
    compare(probes.added_seeded)


@pytest.mark.points(0.25)
@pytest.mark.chance(1e-9)
@pytest.mark.kept("the contract says that noise is in the gradient's dtype")
@pytest.mark.rests_on(
    "in its dtype and on its device",
    "Numbers drawn in float32 have only 24 bits",
    "Gradients may be of any floating dtype and on any device, and stay so",
)
def test_dtypes(compare, probes):
    """Gradients keep their dtype.

    Of 40 numbers in bfloat16, fewer than a tenth stay the same: their noise is below half a rounding step.
    """
    compare(probes.added_dtypes)


@pytest.mark.points(0.25)
@pytest.mark.kept("a clearer message: without noise every change is a mistake")
@pytest.mark.rests_on("std: standard deviation of the noise, at least 0")
def test_no_noise(compare, probes):
    """With std 0, the gradients are unchanged."""
    compare(probes.added_nothing)


@pytest.mark.public
@pytest.mark.points(0.5)
@pytest.mark.chance(1e-12)
@pytest.mark.rests_on("on the gradients' device", "in its dtype and on its device")
def test_placement(compare, recompare, probes):
    """The noise is created on the gradient's device."""
    compare(probes.added_place, device="cuda")
    recompare(device="cuda", without=(probes.added, probes.added_fresh))
