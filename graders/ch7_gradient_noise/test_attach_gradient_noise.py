import pytest
import torch

from torchdojo.grading import expect
from torchdojo.grading.statistics import expect_independent, expect_normal
from torchdojo.probe import Draw

pytestmark = pytest.mark.exercise("attach_gradient_noise")


def sigma(t: int, eta: float = 0.3, gamma: float = 0.55) -> float:
    return (eta / (1 + t) ** gamma) ** 0.5


def draw_start(inputs: int, *shape: int) -> torch.Tensor:
    """Return what the probes add noise to."""
    return Draw(inputs).normal(*shape, scale=10.0)


def draw_question(drawn: Draw) -> dict:
    """Return the optimizer's lr, eta, and what the parameters are drawn from."""
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
    "Make an optimizer add noise to its gradients before each of its steps, from now on",
    "optimizer: any torch optimizer",
    "independent from one element to the next, from one parameter to the next, and from one step to the next",
)
def test_first_step(observe, probes, drawn):
    """The first step after attaching has noise of variance eta, and each number gets its own in each step.

    The chance of each comparison, here and below, is in torchdojo.grading.statistics.
    """
    for kind, low, high in (("SGD", 0.1, 0.6), ("OurOptimizer", 1.6, 3.0)):
        lr, eta, inputs = round(drawn.number(low, high), 3), round(drawn.number(low, high), 3), drawn.integer(0, 2**31)
        got = observe(probes.attached_noise, kind=kind, lr=lr, eta=eta, inputs=inputs)["p"]
        expect_step(got, draw_start(inputs, 10000), lr, sigma(0, eta), "the noise of the first step")
    question, sizes, steps = draw_question(drawn), (drawn.integer(1, 3), drawn.integer(1, 3)), drawn.integer(16, 25)
    got = observe(probes.attached_steps, sizes=sizes, steps=steps, **question)["params"]
    stds = torch.tensor([[question["lr"] * sigma(t, question["eta"])] for t in range(steps)], dtype=torch.float64)
    expect_independent(got, draw_start(question["inputs"], steps, 150 * sum(sizes)), stds)


@pytest.mark.points(0.75)
@pytest.mark.chance(1e-8)
@pytest.mark.rests_on(
    "eta, gamma: σ² = eta / (1 + t)^gamma at the t-th step after attaching, from 0", "eta: float = 0.3"
)
def test_annealing(observe, probes, drawn):
    """The noise fades as the formula says."""
    question, gamma = draw_question(drawn), round(drawn.number(1.0, 2.0), 3)
    got = observe(probes.attached_noise, step=1, gamma=gamma, **question)["p"]
    start, std = draw_start(question["inputs"], 10000), sigma(1, question["eta"], gamma)
    expect_step(got, start, question["lr"], std, "the noise of step 1")
    question, step = draw_question(drawn), drawn.integer(50, 100)
    question.pop("eta")
    got = observe(probes.attached_by_default, step=step, **question)["p"]
    what = f"the noise of step {step}, with eta and gamma left out"
    expect_step(got, draw_start(question["inputs"], 10000), question["lr"], sigma(step), what)


@pytest.mark.points(0.5)
@pytest.mark.chance(2e-8)
@pytest.mark.kept("a clearer message: it says that t starts or continues where it should not")
@pytest.mark.rests_on("$t$ counts the steps since the noise was attached", "Two optimizers must not share it")
def test_count(observe, probes, drawn):
    """t counts from 0 when the noise is attached, for each optimizer separately."""
    question = draw_question(drawn)
    got = observe(probes.attached_noise, before=drawn.integer(40, 60), gamma=1.0, **question)["p"]
    start, std = draw_start(question["inputs"], 10000), sigma(0, question["eta"])
    expect_step(got, start, question["lr"], std, "the noise of the first step after attaching")
    question, steps = draw_question(drawn), drawn.integer(60, 100)
    got = observe(probes.attached_to_two, steps=steps, **question)
    start, lr, eta = draw_start(question["inputs"], 2, 10000), question["lr"], question["eta"]
    expect_step(
        got["first"], start[0], lr, sigma(steps, eta, 1.0), f"the noise of the first optimizer at its step {steps}"
    )
    expect_step(got["second"], start[1], lr, sigma(0, eta), "the noise of the second optimizer at its step 0")
    question = draw_question(drawn)
    got = observe(probes.attached_anew, steps=drawn.integer(40, 60), **question)["p"]
    start, std = draw_start(question["inputs"], 10000), sigma(0, question["eta"])
    expect_step(got, start, question["lr"], std, "the noise of the first step after attaching again")


@pytest.mark.public
@pytest.mark.points(0.5)
@pytest.mark.chance(3e-8)
@pytest.mark.kept("the contract says any optimizer: some have a memory of their own")
@pytest.mark.hint(
    "Try it on Adam with eta=0.0 and with a parameter whose grad is None: nothing should be different then."
)
@pytest.mark.rests_on(
    "optimizer: any torch optimizer, whose step() is called without a closure", "A gradient of `None` stays `None`"
)
def test_any_optimizer(compare, observe, probes, drawn):
    """It works with any optimizer; with eta 0, nothing changes.

    Adam's first step moves each number by lr · |n| / (|n| + 1e-8). That is less than a tenth of lr where the noise is
    below 1.2e-9; one of 12 is with a chance of 2e-8.
    """
    for kind, options in (("Adam", ""), ("SGD", ", momentum=0.9"), ("RMSprop", "")):
        compare(probes.attached_nothing, kind=kind, options=options, lr=round(drawn.number(0.05, 0.5), 3))
    lr, inputs = round(drawn.number(0.05, 0.5), 3), drawn.integer(0, 2**31)
    got = observe(probes.attached_to_adam, lr=lr, inputs=inputs)
    start = draw_start(inputs, 14)
    moved = (got["p"] - start[:12]).abs() / lr
    is_whole = bool(((moved > 0.1) & (moved < 1 + 1e-6)).all())
    expect(is_whole, expected="every number of p changed by about lr, up or down", got="some did not")
    expect(
        torch.equal(got["q"], start[12:]) and got["q.grad"] == "None", expected="q as it was", got="q or q.grad changed"
    )


@pytest.mark.points(0.5)
@pytest.mark.chance(2e-8)
@pytest.mark.rests_on(
    "Somebody may add a group later", "Ask the optimizer for its parameters *in the hook*, not before"
)
def test_all_groups(observe, probes, drawn):
    """The parameters of every group get noise, even those added after attaching."""
    for probe, which in (
        (probes.attached_to_groups, "in the second group"),
        (probes.attached_before_a_group, "of the new parameter"),
        (probes.attached_before_a_change, "of a parameter that replaced another"),
    ):
        question, step = draw_question(drawn), drawn.integer(3, 8)
        got = observe(probe, step=step, **question)["q"]
        start, std = draw_start(question["inputs"], 10000), sigma(step, question["eta"], 1.0)
        expect_step(got, start, question["lr"], std, f"the noise {which}, at step {step}")


@pytest.mark.public
@pytest.mark.points(0.5)
@pytest.mark.chance(2e-8)
@pytest.mark.kept("a clearer message: it says that remove() has no effect")
@pytest.mark.hint(
    "Call `remove()` on what your function returns, and make a step with gradients of zeros: does p still move?"
)
@pytest.mark.rests_on("returns a handle: remove() ends the noise")
def test_removed(observe, probes, drawn):
    """remove() ends the noise."""
    for probe, count, options, when in (
        (probes.attached_and_removed, 2, {}, "while attached"),
        (probes.attached_and_removed, 2, {"kind": "OurOptimizer"}, "while attached"),
        (probes.attached_twice, 1, {}, "after remove() of the second handle only"),
    ):
        question = draw_question(drawn)
        got = observe(probe, **question, **options)
        starts = draw_start(question["inputs"], count, 2, 200)
        std = sigma(0, question["eta"])
        expect_step(got["attached"], starts[:, 0], question["lr"], std, f"the noise {when}")
        is_quiet = torch.equal(got["removed"], starts[:, 1])
        expect(is_quiet, expected="no noise after remove()", got="p has changed")


@pytest.mark.points(0.5)
@pytest.mark.rests_on("ValueError if eta is negative, and the optimizer stays as it was")
def test_negative_eta(rejects, probes):
    """A negative eta is refused with a ValueError, and the optimizer is unchanged."""
    rejects(probes.attached_refused)


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
        got = observe(probes.attached_generator, given=given, **question)
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
@pytest.mark.kept("the contract promises the device of the gradient")
@pytest.mark.rests_on("Gradients may be of any floating dtype and on any device, and stay so")
def test_placement(compare, recompare, probes):
    """The noise is created on the gradient's device."""
    compare(probes.attached_place, device="cuda")
    noises = [probes.attached_noise, probes.attached_by_default, probes.attached_steps, probes.attached_to_two]
    noises += [probes.attached_anew, probes.attached_to_groups]
    noises += [probes.attached_before_a_group, probes.attached_before_a_change]
    recompare(device="cuda", without=noises)
