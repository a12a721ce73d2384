import pytest

from torchdojo.grading.statistics import expect_independent, expect_normal

pytestmark = pytest.mark.exercise("NoisySGD")


def sigma(t: int, eta: float = 0.3, gamma: float = 0.55) -> float:
    return (eta / (1 + t) ** gamma) ** 0.5


@pytest.mark.public
@pytest.mark.points(1)
@pytest.mark.chance(2e-7)
@pytest.mark.kept("a clearer message: the size of the noise, before it fades")
@pytest.mark.rests_on(
    "SGD with annealed gradient noise: p ← p − lr · (g + n), n ~ N(0, σ²), σ² = eta / (1 + t)^gamma",
    "independent from one element to the next, from one parameter to the next, and from one step to the next",
)
def test_first_step(observe, probes):
    """The first step has noise of variance eta, in units of lr.

    The chance of each comparison, here and below, is in torchdojo.grading.statistics.
    """
    for lr, eta in ((0.5, 0.3), (2.0, 1.44)):
        got = observe(probes.sgd_noise, lr=lr, eta=eta, matches=0.1)["noise"]
        expect_normal(got, 20000, sigma(0, eta), "the noise of the first step")
    expect_independent(observe(probes.sgd_fresh, matches=0.2), 1500)


@pytest.mark.public
@pytest.mark.points(1)
@pytest.mark.chance(3e-7)
@pytest.mark.kept("a clearer message: how the noise fades, with one group and no closure")
@pytest.mark.rests_on(
    "σ² = eta / (1 + t)^gamma",
    "gamma: how fast the noise fades",
    "eta: float = 0.3, gamma: float = 0.55",
    "t counts the calls of step() from 0",
)
def test_annealing(observe, probes):
    """The noise fades as the formula says."""
    got = observe(probes.sgd_noise, step=1, eta=1.0, gamma=2.0, matches=0.1)["noise"]
    expect_normal(got, 20000, sigma(1, 1.0, 2.0), "the noise of step 1")
    got = observe(probes.sgd_noise, step=100, matches=0.1)["noise"]
    expect_normal(got, 20000, sigma(100), "the noise of step 100")
    got = observe(probes.sgd_noise_by_default, matches=0.1)["noise"]
    expect_normal(got, 20000, sigma(100), "the noise of step 100, with eta and gamma left out")


@pytest.mark.public
@pytest.mark.points(1)
@pytest.mark.kept("a clearer message: the step alone, with exact numbers")
@pytest.mark.rests_on(
    "With eta 0 there is no noise, and a step is that of plain SGD",
    "Make one step, in place",
    "params: an iterable of parameters",
    "they stay the same tensors, leaves that require grad",
    "or None without one",
    "Gradients may be of any floating dtype and on any device, and stay so",
)
def test_plain_without_noise(compare, probes):
    """With eta 0, it is plain SGD, in place, on the tensors it was given."""
    compare(probes.sgd_plain)
    compare(probes.sgd_plain, lr=0.01)
    for dtype in ("float32", "float16", "bfloat16"):
        compare(probes.sgd_plain, dtype=dtype)


@pytest.mark.points(0.75)
@pytest.mark.chance(4e-7)
@pytest.mark.rests_on("There is one $t$ for the whole optimizer", "t counts the calls of step() from 0")
def test_one_count(observe, probes):
    """t counts the calls of step(), once for the whole optimizer."""
    got = observe(probes.sgd_one_count, matches=0.1)["noise"]
    expect_normal(got, 20000, sigma(40), "the noise of step 40")
    got = observe(probes.sgd_empty_steps, matches=0.1)["noise"]
    expect_normal(got, 20000, sigma(99, 1.0, 1.0), "the noise of step 99, after 99 steps without a gradient")
    got = observe(probes.sgd_count_of_a_new_group, matches=0.1)["noise"]
    expect_normal(got, 20000, sigma(99, 1.0, 1.0), "the noise of step 99, in a group that is new")
    got = observe(probes.sgd_count_with_closures, matches=0.1)["noise"]
    expect_normal(got, 20000, sigma(99, 1.0, 1.0), "the noise of step 99, each step with a closure")


@pytest.mark.points(0.75)
@pytest.mark.chance(4e-7)
@pytest.mark.rests_on("is part of what state_dict saves, so that a resumed run continues")
def test_resumed(observe, probes):
    """A run that is resumed from a state_dict continues annealing."""
    for through_a_file in (False, True):
        got = observe(probes.sgd_resumed, through_a_file=through_a_file, matches=0.1)
        expect_normal(got["noise"], 20000, sigma(99, 1.0, 1.0), "the noise of the first step after resuming")
        expect_normal(got["noise without resuming"], 20000, sigma(99, 1.0, 1.0), "the noise of step 99")


@pytest.mark.points(0.5)
@pytest.mark.chance(2e-7)
@pytest.mark.rests_on(
    'params: an iterable of parameters, or of dicts with "params" and options of that group',
    "Each group has options of its own, which somebody may change between two steps",
    "or bring along with a group that is added later",
)
def test_groups(observe, compare, probes):
    """Each group has its own lr, eta and gamma, which may change; groups may be added later."""
    got = observe(probes.sgd_groups, matches=0.1)
    expect_normal(got["first group"], 20000, sigma(15, 9.0, 0.5), "the noise in the first group")
    expect_normal(got["second group"], 20000, sigma(15, 0.3, 2.0), "the noise in the second group")
    compare(probes.sgd_group_added)


@pytest.mark.points(0.5)
@pytest.mark.rests_on(
    "return the closure's loss, computed with gradients enabled",
    "closure: recomputes the gradients and returns the loss; called once, before the step",
)
def test_closure(compare, probes):
    """step(closure) calls it once, with gradients enabled, and returns its loss."""
    compare(probes.sgd_closure)


@pytest.mark.points(0.25)
@pytest.mark.kept("the contract promises that such parameters are skipped")
@pytest.mark.rests_on("Parameters without a gradient are skipped")
def test_without_gradient(compare, probes):
    """A parameter without a gradient is skipped."""
    compare(probes.sgd_none_grads)


@pytest.mark.points(0.5)
@pytest.mark.rests_on(
    "lr, eta: ValueError if negative, 0 is legal", "refused with a ValueError before anything is changed"
)
def test_bad_arguments(rejects, probes):
    """A negative lr or eta is refused with a ValueError."""
    rejects(probes.sgd_refused)
    rejects(probes.sgd_refused, lr=0.1, eta=-0.5)


@pytest.mark.points(0.25)
@pytest.mark.chance(1e-12)
@pytest.mark.rests_on(
    "generator: where the random numbers come from; None: torch's global generator",
    "They come from the `generator` that was passed, and from no other source",
)
def test_generator(compare, probes):
    """If a generator is given, it is the only source of random numbers."""
    compare(probes.sgd_generator)


@pytest.mark.points(0.5)
@pytest.mark.chance(1e-12)
@pytest.mark.kept("the contract promises the device of the parameters")
@pytest.mark.rests_on("Gradients may be of any floating dtype and on any device, and stay so")
def test_placement(compare, recompare, probes):
    """The noise is created on the gradient's device."""
    compare(probes.sgd_place, device="cuda")
    statistics = ("noise", "noise_by_default", "fresh", "one_count", "empty_steps", "count_of_a_new_group")
    statistics += ("count_with_closures", "resumed", "groups")
    recompare(device="cuda", without=[getattr(probes, f"sgd_{name}") for name in statistics])
