import pytest

from torchdojo.grading.statistics import expect_independent, expect_normal

pytestmark = pytest.mark.exercise("attach_gradient_noise")


def sigma(t: int, eta: float = 0.3, gamma: float = 0.55) -> float:
    return (eta / (1 + t) ** gamma) ** 0.5


@pytest.mark.public
@pytest.mark.points(1)
@pytest.mark.chance(2e-7)
@pytest.mark.kept("a clearer message: the size of the noise, before it fades")
@pytest.mark.rests_on(
    "Make an optimizer add noise to its gradients before each of its steps, from now on",
    "optimizer: any torch optimizer",
    "independent from one element to the next, from one parameter to the next, and from one step to the next",
)
def test_first_step(observe, probes):
    """The first step after attaching has noise of variance eta.

    The chance of each comparison, here and below, is in torchdojo.grading.statistics.
    """
    for kind, eta in (("SGD", 0.3), ("an optimizer of ours", 1.44)):
        got = observe(probes.attached_noise, kind=kind, eta=eta, matches=0.1)["noise"]
        expect_normal(got, 20000, sigma(0, eta), "the noise of the first step")
    expect_independent(observe(probes.attached_fresh, matches=0.2), 1500)


@pytest.mark.points(0.75)
@pytest.mark.chance(2e-7)
@pytest.mark.rests_on(
    "eta, gamma: σ² = eta / (1 + t)^gamma at the t-th step after attaching, from 0", "eta: float = 0.3"
)
def test_annealing(observe, probes):
    """The noise fades as the formula says."""
    got = observe(probes.attached_noise, step=1, eta=1.0, gamma=2.0, matches=0.1)["noise"]
    expect_normal(got, 20000, sigma(1, 1.0, 2.0), "the noise of step 1")
    got = observe(probes.attached_by_default, matches=0.1)["noise"]
    expect_normal(got, 20000, sigma(100), "the noise of step 100, with eta and gamma left out")


@pytest.mark.points(0.5)
@pytest.mark.chance(4e-7)
@pytest.mark.kept("a clearer message: it says that t starts or continues where it should not")
@pytest.mark.rests_on("$t$ counts the steps since the noise was attached", "Two optimizers must not share it")
def test_count(observe, probes):
    """t counts from 0 when the noise is attached, for each optimizer separately."""
    got = observe(probes.attached_noise, before=60, eta=1.0, gamma=1.0, matches=0.1)["noise"]
    expect_normal(got, 20000, 1.0, "the noise of the first step after attaching")
    got = observe(probes.attached_to_two, matches=0.1)
    expect_normal(got["first"], 20000, sigma(99, 1.0, 1.0), "the noise of the first optimizer at its step 99")
    expect_normal(got["second"], 20000, 1.0, "the noise of the second optimizer at its step 0")
    got = observe(probes.attached_anew, matches=0.1)["noise"]
    expect_normal(got, 20000, 1.0, "the noise of the first step after attaching again")


@pytest.mark.public
@pytest.mark.points(0.5)
@pytest.mark.kept("the contract says any optimizer: some have a memory of their own")
@pytest.mark.rests_on(
    "optimizer: any torch optimizer, whose step() is called without a closure", "A gradient of `None` stays `None`"
)
def test_any_optimizer(compare, probes):
    """It works with any optimizer; with eta 0, nothing changes."""
    compare(probes.attached_nothing, kind="Adam")
    compare(probes.attached_nothing, kind="SGD")
    compare(probes.attached_nothing, kind="RMSprop")
    compare(probes.attached_to_adam)


@pytest.mark.points(0.5)
@pytest.mark.chance(3e-7)
@pytest.mark.rests_on(
    "Somebody may add a group later", "Ask the optimizer for its parameters *in the hook*, not before"
)
def test_all_groups(observe, probes):
    """The parameters of every group get noise, even those added after attaching."""
    got = observe(probes.attached_to_groups, matches=0.1)["noise"]
    expect_normal(got, 20000, sigma(3, 1.0, 1.0), "the noise in the second group at step 3")
    got = observe(probes.attached_before_a_group, matches=0.1)["noise"]
    expect_normal(got, 20000, sigma(3, 1.0, 1.0), "the noise of the new parameter at step 3")
    got = observe(probes.attached_before_a_change, matches=0.1)["noise"]
    expect_normal(got, 20000, sigma(3, 1.0, 1.0), "the noise of a parameter that replaced another, at step 3")


@pytest.mark.public
@pytest.mark.points(0.5)
@pytest.mark.chance(1e-12)
@pytest.mark.kept("a clearer message: it says that remove() has no effect")
@pytest.mark.rests_on("returns a handle: remove() ends the noise")
def test_removed(compare, probes):
    """remove() ends the noise."""
    compare(probes.attached_and_removed)
    compare(probes.attached_and_removed, kind="an optimizer of ours")
    compare(probes.attached_twice)


@pytest.mark.points(0.5)
@pytest.mark.rests_on("ValueError if eta is negative, and the optimizer stays as it was")
def test_negative_eta(rejects, probes):
    """A negative eta is refused with a ValueError that names it, and the optimizer is unchanged."""
    rejects(probes.attached_refused)


@pytest.mark.points(0.25)
@pytest.mark.chance(1e-12)
@pytest.mark.rests_on(
    "generator: where the random numbers come from; None: torch's global generator",
    "They come from the `generator` that was passed, and from no other source",
)
def test_generator(compare, probes):
    """If a generator is given, it is the only source of random numbers."""
    compare(probes.attached_generator)


@pytest.mark.points(0.5)
@pytest.mark.chance(1e-12)
@pytest.mark.kept("the contract promises the device of the gradient")
@pytest.mark.rests_on("Gradients may be of any floating dtype and on any device, and stay so")
def test_placement(compare, recompare, probes):
    """The noise is created on the gradient's device."""
    compare(probes.attached_place, device="cuda")
    noises = [probes.attached_noise, probes.attached_by_default, probes.attached_fresh, probes.attached_to_two]
    noises += [probes.attached_anew, probes.attached_to_groups]
    noises += [probes.attached_before_a_group, probes.attached_before_a_change]
    recompare(device="cuda", without=noises)
