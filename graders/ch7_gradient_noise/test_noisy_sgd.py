import pytest
import torch

from torchdojo.grading import expect
from torchdojo.grading.statistics import expect_independent, expect_normal
from torchdojo.probe import Draw

pytestmark = pytest.mark.exercise("NoisySGD")


def sigma(t: int, eta: float = 0.3, gamma: float = 0.55) -> float:
    return (eta / (1 + t) ** gamma) ** 0.5


def draw_start(inputs: int, *shape: int) -> torch.Tensor:
    """Return what the probes add noise to."""
    return Draw(inputs).normal(*shape, scale=10.0)


def draw_question(drawn: Draw) -> dict:
    """Return options, and what the parameters are drawn from."""
    lr, eta = round(drawn.number(0.2, 0.7), 3), round(drawn.number(0.5, 3.0), 3)
    return {"lr": lr, "eta": eta, "inputs": drawn.integer(0, 2**31)}


def expect_step(got: torch.Tensor, start: torch.Tensor, lr: float, std: float, what: str) -> None:
    """Require a step that is noise alone: from drawn parameters, with gradients of zeros."""
    expect_normal(got, start, lr * std, f"{what}, times lr={lr}")


@pytest.mark.public
@pytest.mark.core
@pytest.mark.points(1)
@pytest.mark.chance(2e-8)
@pytest.mark.kept("a clearer message: the size of the noise, before it fades")
@pytest.mark.hint(
    "Give p a gradient of 10,000 zeros, make one step, and look at the mean and the standard deviation of its change."
)
@pytest.mark.rests_on(
    "SGD with annealed gradient noise: p ← p − lr · (g + n), n ~ N(0, σ²), σ² = eta / (1 + t)^gamma",
    "independent from one element to the next, from one parameter to the next, and from one step to the next",
)
def test_first_step(observe, probes, drawn):
    """The first step has lr times noise of variance eta, and each number gets its own in each step.

    The chance of each comparison, here and below, is in torchdojo.grading.statistics.
    """
    for low, high in ((0.1, 0.6), (1.6, 3.0)):
        lr, eta, inputs = round(drawn.number(low, high), 3), round(drawn.number(low, high), 3), drawn.integer(0, 2**31)
        got = observe(probes.sgd_noise, lr=lr, eta=eta, inputs=inputs)["p"]
        expect_step(got, draw_start(inputs, 10000), lr, sigma(0, eta), "the noise of the first step")
    question, sizes, steps = draw_question(drawn), (drawn.integer(1, 3), drawn.integer(1, 3)), drawn.integer(16, 25)
    got = observe(probes.sgd_steps, sizes=sizes, steps=steps, **question)["params"]
    stds = torch.tensor([[question["lr"] * sigma(t, question["eta"])] for t in range(steps)], dtype=torch.float64)
    expect_independent(got, draw_start(question["inputs"], steps, 150 * sum(sizes)), stds)


@pytest.mark.public
@pytest.mark.points(1)
@pytest.mark.chance(2e-8)
@pytest.mark.kept("a clearer message: how the noise fades, with one group and no closure")
@pytest.mark.hint("Print t and the standard deviation in each step, and compare them with `noise_std`.")
@pytest.mark.rests_on(
    "σ² = eta / (1 + t)^gamma",
    "gamma: how fast the noise fades",
    "eta: float = 0.3, gamma: float = 0.55",
    "t counts the calls of step() from 0",
)
def test_annealing(observe, probes, drawn):
    """The noise fades as the formula says."""
    for step in (1, drawn.integer(50, 100)):
        question, gamma = draw_question(drawn), round(drawn.number(0.7, 2.0), 3)
        got = observe(probes.sgd_noise, step=step, gamma=gamma, **question)["p"]
        std = sigma(step, question["eta"], gamma)
        expect_step(got, draw_start(question["inputs"], 10000), question["lr"], std, f"the noise of step {step}")
    question, step = draw_question(drawn), drawn.integer(50, 100)
    question.pop("eta")
    got = observe(probes.sgd_noise_by_default, step=step, **question)["p"]
    what = f"the noise of step {step}, with eta and gamma left out"
    expect_step(got, draw_start(question["inputs"], 10000), question["lr"], sigma(step), what)


@pytest.mark.public
@pytest.mark.points(1)
@pytest.mark.kept("the plain case: a step without noise, whose message shows the numbers")
@pytest.mark.hint("With eta=0.0 one step should be exactly p - lr * p.grad: compare the two.")
@pytest.mark.rests_on(
    "With eta 0 there is no noise, and a step is that of plain SGD",
    "Make one step, in place",
    "params: an iterable of parameters",
    "they stay the same tensors, leaves that require grad",
    "or None without one",
    "Gradients may be of any floating dtype and on any device, and stay so",
)
def test_plain_without_noise(compare, probes, drawn):
    """With eta 0, it is plain SGD, in place, on the tensors it was given."""
    compare(probes.sgd_plain, lr=round(drawn.number(0.1, 0.5), 3))
    compare(probes.sgd_plain, lr=0.01)
    for dtype in ("float32", "float16", "bfloat16"):
        compare(probes.sgd_plain, dtype=dtype)


@pytest.mark.points(0.75)
@pytest.mark.chance(2e-8)
@pytest.mark.rests_on("There is one $t$ for the whole optimizer", "t counts the calls of step() from 0")
def test_one_count(observe, probes, drawn):
    """t counts the calls of step(), once for the whole optimizer."""
    question, step = draw_question(drawn), drawn.integer(30, 60)
    sizes = (drawn.integer(1, 4), drawn.integer(2, 4))
    got = observe(probes.sgd_one_count, sizes=sizes, step=step, **question)["params"]
    start = draw_start(question["inputs"], 10000 // sum(sizes) * sum(sizes))
    std = question["lr"] * sigma(step, question["eta"])
    expect_normal(got, start, std, f"the noise of step {step}, times lr={question['lr']}")
    for probe, name, which in (
        (probes.sgd_empty_steps, "p", "after steps without a gradient"),
        (probes.sgd_count_of_a_new_group, "q", "in a group that is new"),
        (probes.sgd_count_with_closures, "p", "each step with a closure"),
    ):
        question, steps = draw_question(drawn), drawn.integer(60, 100)
        got = observe(probe, steps=steps, **question)[name]
        std, what = sigma(steps, question["eta"], 1.0), f"the noise of step {steps}, {which}"
        expect_step(got, draw_start(question["inputs"], 10000), question["lr"], std, what)


@pytest.mark.points(0.75)
@pytest.mark.chance(2e-8)
@pytest.mark.rests_on("is part of what state_dict saves, so that a resumed run continues")
def test_resumed(observe, probes, drawn):
    """A run that is resumed from a state_dict continues annealing."""
    for through_a_file in (False, True):
        question, steps = draw_question(drawn), drawn.integer(60, 100)
        got = observe(probes.sgd_resumed, through_a_file=through_a_file, steps=steps, **question)
        start, std = draw_start(question["inputs"], 2, 10000), question["lr"] * sigma(steps, question["eta"], 1.0)
        expect_normal(
            got["p after resuming"],
            start[1],
            std,
            f"the first step after resuming, lr={question['lr']} times its noise",
        )
        expect_normal(got["p"], start[0], std, f"step {steps}, lr={question['lr']} times its noise")


@pytest.mark.points(0.5)
@pytest.mark.chance(1e-8)
@pytest.mark.rests_on(
    'params: an iterable of parameters, or of dicts with "params" and options of that group',
    "Each group has options of its own, which somebody may change between two steps",
    "or bring along with a group that is added later",
)
def test_groups(observe, compare, probes, drawn):
    """Each group has its own lr, eta and gamma, which may change; groups may be added later."""

    def options(lr: float, eta: float, gamma: float) -> dict:
        named = {"lr": lr, "eta": eta, "gamma": gamma}
        return {name: round(number * drawn.number(0.8, 1.2), 3) for name, number in named.items()}

    first, second = options(0.2, 1.0, 0.5), options(0.5, 0.3, 1.0)
    changed = ({"eta": options(0, 6.0, 0)["eta"]}, {name: options(1.6, 0, 2.0)[name] for name in ("lr", "gamma")})
    step, inputs = drawn.integer(10, 20), drawn.integer(0, 2**31)
    got = observe(probes.sgd_groups, first=first, second=second, changed=changed, step=step, inputs=inputs)["params"]
    starts = draw_start(inputs, 20000).view(2, 10000)
    for name, seen, start, now in zip(
        ("first", "second"), got, starts, ({**first, **changed[0]}, {**second, **changed[1]}), strict=True
    ):
        what = f"the noise in the {name} group, times lr={now['lr']}"
        expect_normal(seen, start, now["lr"] * sigma(step, now["eta"], now["gamma"]), what)
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
@pytest.mark.chance(2e-8)
@pytest.mark.rests_on(
    "generator: where the random numbers come from; None: torch's global generator",
    "They come from the `generator` that was passed, and from no other source",
)
def test_generator(observe, probes, drawn):
    """The noise comes from the generator that is given, or else from torch's global one, and nowhere else."""
    for given in (True, False):
        question = draw_question(drawn)
        got = observe(probes.sgd_generator, given=given, **question)
        starts = draw_start(question["inputs"], 2, 200)
        stds = torch.tensor([[question["lr"] * sigma(t, question["eta"])] for t in range(2)], dtype=torch.float64)
        first, second = got["the parameters after each of two seeds"]
        expect_step(first[0], starts[0], question["lr"], sigma(0, question["eta"]), "the noise of the first step")
        expect(not torch.equal(first, second), expected="different noise with another seed", got="the same noise")
        expect_independent(got["the parameters after each of two seeds"], starts.expand(2, 2, 200), stds)
        is_same = torch.equal(first, got["after the first seed again"])
        expect(is_same, expected="the same noise with the same seed", got="different noise")
        untouched = got["torch's global generator is untouched"] is not False
        expect(untouched, expected="torch's global generator is untouched", got="its state has changed")


@pytest.mark.points(0.5)
@pytest.mark.chance(1e-12)
@pytest.mark.kept("the contract promises the device of the parameters")
@pytest.mark.rests_on("Gradients may be of any floating dtype and on any device, and stay so")
def test_placement(compare, recompare, probes):
    """The noise is created on the gradient's device."""
    compare(probes.sgd_place, device="cuda")
    statistics = ("noise", "noise_by_default", "steps", "one_count", "empty_steps", "count_of_a_new_group")
    statistics += ("count_with_closures", "resumed", "groups")
    recompare(device="cuda", without=[getattr(probes, f"sgd_{name}") for name in statistics])
