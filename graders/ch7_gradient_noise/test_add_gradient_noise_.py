import pytest
import torch

from torchdojo.grading import expect
from torchdojo.grading.statistics import expect_independent, expect_normal
from torchdojo.probe import Draw

pytestmark = pytest.mark.exercise("add_gradient_noise_")


def draw_start(inputs: int, *shape: int) -> torch.Tensor:
    """Return what the probes add noise to."""
    return Draw(inputs).normal(*shape, scale=10.0)


def draw_question(drawn: Draw, low: float = 0.2, high: float = 3.0) -> dict:
    """Return a standard deviation, and what the gradients are drawn from."""
    return {"std": round(drawn.number(low, high), 3), "inputs": drawn.integer(0, 2**31)}


@pytest.mark.public
@pytest.mark.core
@pytest.mark.points(1)
@pytest.mark.chance(1e-8)
@pytest.mark.kept("a clearer message: the size and the distribution of the noise alone")
@pytest.mark.hint("Add noise to a gradient of 10,000 zeros, and print its mean and its standard deviation.")
@pytest.mark.rests_on(
    "Add fresh N(0, std²) numbers to the gradient of each parameter", "std: standard deviation of the noise"
)
def test_noise(observe, probes, drawn):
    """What is added is normal, with mean 0 and standard deviation std.

    The chance of each of the two comparisons is in torchdojo.grading.statistics.
    """
    for low, high in ((0.1, 0.6), (1.6, 4.0)):
        question = draw_question(drawn, low, high)
        got = observe(probes.added, **question)["p.grad"]
        expect_normal(got, draw_start(question["inputs"], 10000), question["std"])


@pytest.mark.core
@pytest.mark.points(0.75)
@pytest.mark.chance(1e-8)
@pytest.mark.kept("a clearer message: it says that two noises are the same")
@pytest.mark.rests_on(
    "independent from one element to the next, from one parameter to the next, and from one step to the next"
)
def test_fresh_noise(observe, probes, drawn):
    """Each element, each parameter and each call gets its own noise.

    The chance of each comparison is in torchdojo.grading.statistics.
    """
    shape, params, calls = (drawn.integer(10, 16), drawn.integer(10, 16)), drawn.integer(2, 5), drawn.integer(16, 25)
    question = draw_question(drawn)
    got = observe(probes.added_again, shape=shape, params=params, calls=calls, **question)[
        "the gradients after each call"
    ]
    start = draw_start(question["inputs"], calls, params * shape[0] * shape[1])
    expect_independent(got, start, question["std"])
    expect_normal(got, start, question["std"], "the noise of several gradients")


@pytest.mark.public
@pytest.mark.points(1)
@pytest.mark.hint("Keep `g = p.grad` before the call: is `p.grad is g` still true after it, and has g changed?")
@pytest.mark.rests_on(
    "to the gradient of each parameter, in place and unrecorded",
    "those whose grad is None are left alone, and keep None",
)
def test_in_place(compare, probes):
    """It changes the numbers in .grad and nothing else; a grad of None stays None."""
    compare(probes.added_in_place)


@pytest.mark.points(0.5)
@pytest.mark.chance(1e-8)
@pytest.mark.rests_on("parameters: any iterable, a generator too")
def test_any_iterable(observe, probes, drawn):
    """The parameters may come from any iterable, even a generator; 0-dim parameters work too."""
    question = draw_question(drawn)
    got = observe(probes.added_to_any_iterable, **question)["the gradients after each call"]
    start = draw_start(question["inputs"], 3, 200)
    given = ("a tuple", "a generator, which can be read only once", "a dict's values")
    for which, changed in zip(given, got != start, strict=True):
        missing = f"nothing was added to {int((~changed).sum())} of 200 numbers"
        expect(bool(changed.all()), expected=f"noise for all parameters, given as {which}", got=missing)
    expect_normal(got, start, question["std"])


def expect_repeatable(got: dict, question: dict, other: str) -> None:
    """Require the right noise, the same when it starts from the same seed, and otherwise different noise."""
    start = draw_start(question["inputs"], 200)
    expect_normal(got["the gradients"], start, question["std"])
    repeats = torch.equal(got["the gradients"], got["after the same seed"])
    expect(repeats, expected="the same noise with the same seed", got="different noise")
    differs = not torch.equal(got["the gradients"], got[other])
    expect(differs, expected=f"different noise {other}", got="the same noise again")


@pytest.mark.points(0.5)
@pytest.mark.chance(1e-8)
@pytest.mark.rests_on(
    "They come from the `generator` that was passed, and from no other source",
    "generator: where the random numbers come from, on the gradients' device",
)
def test_generator(observe, probes, drawn):
    """If a generator is given, it is the only source of random numbers."""
    question = draw_question(drawn)
    got = observe(probes.added_from_a_generator, **question)
    expect_repeatable(got, question, "after another call")
    untouched = got["torch's global generator is untouched"]
    expect(untouched, expected="torch's global generator is untouched", got="its state has changed")


@pytest.mark.points(0.25)
@pytest.mark.chance(1e-8)
@pytest.mark.kept("the contract says where randomness comes from")
@pytest.mark.rests_on("None: torch's global generator", "they come from torch's global generator")
def test_seed_decides(observe, probes, drawn):
    """Without a generator, the noise comes from torch's global one."""
    question = draw_question(drawn)
    expect_repeatable(observe(probes.added_seeded, **question), question, "after another seed")


@pytest.mark.points(0.25)
@pytest.mark.chance(2e-8)
@pytest.mark.kept("the contract says that noise is in the gradient's dtype")
@pytest.mark.rests_on(
    "in its dtype and on its device",
    "Numbers drawn in float32 have only 24 bits",
    "Gradients may be of any floating dtype and on any device, and stay so",
)
def test_dtypes(observe, probes, drawn):
    """Gradients keep their dtype, and the noise has all of its bits."""
    for dtype in (torch.float32, torch.float64, torch.bfloat16, torch.float16):
        name, question = str(dtype).removeprefix("torch."), draw_question(drawn, 0.2, 0.6)
        got = observe(probes.added_in_dtype, dtype=name, **question)["p.grad"]
        expect(got.dtype is dtype, expected=f"a gradient of {name}", got=str(got.dtype))
        start = Draw(question["inputs"]).normal(400, dtype=dtype).double()
        expect_normal(got, start, question["std"], f"the noise in {name}")
    got = observe(probes.added_in_full)["p.grad"]
    expect(
        not torch.equal(got.float().double(), got),
        expected="noise with the precision of float64",
        got="only that of float32",
    )


@pytest.mark.guessable
@pytest.mark.points(0.25)
@pytest.mark.kept("a clearer message: without noise every change is a mistake")
@pytest.mark.rests_on("std: standard deviation of the noise, at least 0")
def test_no_noise(compare, probes):
    """With std 0, the gradients are unchanged."""
    compare(probes.added_nothing)


@pytest.mark.public
@pytest.mark.points(0.5)
@pytest.mark.chance(1e-12)
@pytest.mark.hint("Where is the noise made? Print its device beside that of the gradient.")
@pytest.mark.rests_on("on the gradients' device", "in its dtype and on its device")
def test_placement(compare, recompare, probes):
    """The noise is created on the gradient's device."""
    compare(probes.added_place, device="cuda")
    recompare(device="cuda", without=(probes.added, probes.added_again))
