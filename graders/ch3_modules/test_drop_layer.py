import pytest
import torch
from torch import Tensor

from torchdojo.grading import expect
from torchdojo.grading.independence import find_deck, find_pattern
from torchdojo.probe import Draw

pytestmark = pytest.mark.exercise("DropLayer")

CLOSE = 1e-8

# Checks on 64 forward passes in training need both a kept and a dropped layer among them. With survival_prob 0.625 all
# 64 go the same way with a chance of 0.625⁶⁴ + 0.375⁶⁴ < 9e-14. With one from 25/64 to 39/64, 48 do with a chance of
# at most 0.61⁴⁸ + 0.39⁴⁸ < 5e-11.


def draw_probability(drawn: Draw, low: int = 13, high: int = 52) -> float:
    """Return a multiple of 1/64, which is the same number in every floating dtype."""
    return drawn.integer(low, high) / 64


def draw_numbers(drawn: Draw) -> dict[str, float]:
    """Return x and layer(x), which a right answer does not confuse with those of another run."""
    return {"x": round(drawn.number(-0.2, 0.2), 4), "added": round(drawn.number(0.5, 1.5), 4)}


def expect_numbers(y: Tensor, shape: tuple[int, ...], x: float, added: float) -> None:
    """Fail the check unless y has this shape, and x or x + layer(x) is among its numbers."""
    wanted = torch.tensor([x, x + added], dtype=torch.float64)
    is_usable = y.shape == shape and y.dtype == wanted.dtype and bool(y.isfinite().all())
    is_known = is_usable and bool(((y.flatten()[:, None] - wanted).abs() < CLOSE).any())
    got = ", ".join(list(dict.fromkeys(f"{number:.5g}" for number in y.double().unique().tolist()))[:4])
    expect(is_known, expected=f"x = {x} or x + layer(x) = {x + added:.4f}", got=got or "no number")


def decisions(y: Tensor, shape: tuple[int, ...], x: float, added: float) -> Tensor:
    """Return which of two results each forward pass had; fail the check unless there are two, and one of them right."""
    expect_numbers(y, shape, x, added)
    low, high = y.min(), y.max()
    is_high = (y - high).abs() < CLOSE
    expected = "the layer is kept in some forward passes, and dropped in others"
    expect(bool(high - low > CLOSE), expected=expected, got=f"the same result in all of them: {float(low):.5g}")
    has_two = bool((is_high | ((y - low).abs() < CLOSE)).all())
    expect(has_two, expected=expected, got=f"more than two results, from {float(low):.5g} to {float(high):.5g}")
    return is_high


@pytest.mark.public
@pytest.mark.points(0.5)
@pytest.mark.chance(2e-9)
@pytest.mark.kept("the plain case in training: its message says what was added instead")
@pytest.mark.hint(
    "Call it twenty times in training on zeros, and print what comes back: which two results should there be?"
)
@pytest.mark.rests_on(
    "Return x + layer(x), or x, or x + survival_prob · layer(x)",
    "With probability survival_prob the result is x + layer(x)",
    "otherwise the result is x",
    "whatever mode the layer is in",
)
def test_training(compare, probes, drawn):
    """In training, DropLayer returns either x + layer(x) or x, and nothing else.

    There is one sample: a draw for each of several is another check's subject.
    """
    for mode in ("training", "training", "training again", "training, the layer alone in evaluation"):
        compare(probes.drop_results, mode=mode, survival_prob=draw_probability(drawn, 25, 40), shape=(1, 6))


@pytest.mark.public
@pytest.mark.points(0.75)
@pytest.mark.kept("the plain case in evaluation: its message says what was added instead")
@pytest.mark.hint("Call `.eval()` on it, and print the result of a few calls: should it still depend on chance?")
@pytest.mark.rests_on(
    "Evaluation: x + survival_prob · layer(x), every time",
    "The mode is that of the DropLayer itself",
    "Nothing is shared",
)
def test_evaluation(compare, probes, drawn):
    """In evaluation, DropLayer returns x + survival_prob · layer(x), every time."""
    for mode in ("evaluation", "evaluation", "evaluation, the layer alone in training"):
        compare(probes.drop_results, mode=mode, survival_prob=draw_probability(drawn), forwards=16)
    compare(probes.drop_side_by_side)


@pytest.mark.points(0.25)
@pytest.mark.chance(1e-12)
@pytest.mark.kept("its message tells a draw per sample from a layer that is computed in vain")
@pytest.mark.rests_on("decides for the whole batch")
def test_one_draw_for_the_batch(observe, probes, drawn):
    """In training, one draw decides for the whole batch."""
    for shape in ((6, 4), (4, 3, 2, 2)):
        numbers = draw_numbers(drawn)
        name = "the least and the largest number"
        ends = observe(probes.drop_batches, varies=(name,), shape=shape, matches=1e-9, **numbers)[name]
        expected = "x in some forward passes, x + layer(x) in others, each time for all samples alike"
        expect(ends.dim() == 2 and len(ends) > 1, expected=expected, got="the same in all forward passes")
        expect_numbers(ends, (len(ends), 2), **numbers)
        is_alike = bool((ends[:, 1] - ends[:, 0] < CLOSE).all())
        expect(is_alike, expected=expected, got="samples of one batch treated differently")


@pytest.mark.public
@pytest.mark.points(0.5)
@pytest.mark.chance(1e-12)
@pytest.mark.hint("Put a `print` into the `forward` of the layer inside: when does it appear?")
@pytest.mark.rests_on("and the layer is called once", "and the layer is not called")
def test_dropped_is_not_called(observe, probes, drawn):
    """A dropped layer is not called; a kept one is called once."""
    numbers = draw_numbers(drawn)
    names = "results and calls in training", "results and calls in evaluation"
    calls, in_evaluation = observe(probes.drop_calls, varies=names, matches=1e-9, **numbers).values()
    expected = "0 calls where the result is x, and 1 call in the other forward passes"
    expect(calls.dim() == 2 and calls.shape[1] == 2 and len(calls) > 1, expected=expected, got="one result for all")
    is_kept = (calls[:, 0] - numbers["x"]).abs() > CLOSE
    is_ever_called = bool(calls[:, 1].any())
    for name, own, wanted in (("dropped", calls[~is_kept, 1], 0.0), ("kept", calls[is_kept, 1], 1.0)):
        shown = ", ".join(f"{count:.0f}" for count in own.unique().tolist()) or "no such forward pass"
        got = f"calls when {name}: {shown}" if is_ever_called else "the layer that was given is never called"
        expect(bool(len(own) and (own == wanted).all()), expected=expected, got=got)
    is_called = in_evaluation.dim() == 2 and in_evaluation.shape[1] == 2 and bool((in_evaluation[:, 1] == 1).all())
    expect(is_called, expected="1 call in each forward pass in evaluation", got="another number of calls")


@pytest.mark.core
@pytest.mark.points(0.5)
@pytest.mark.chance(2e-8)
@pytest.mark.rests_on("each forward makes its own", "depends on no other draw")
def test_independent_draws(observe, probes, drawn):
    """In training, chance decides in each forward pass: the draws follow no pattern.

    `find_pattern` fails a right answer with a chance of at most 1e-8. A layer is kept in exactly half of the passes in
    more than 80 % of the blocks of one of the lengths up to 14, from one of their first passes on, with a chance of at
    most 5e-13, an exact sum over the tails. A deck of up to 14 choices gives 100 %. A draw that two passes share, or
    two layers, gives twice the correlation that `find_pattern` allows, give or take a seventh.
    """
    numbers = draw_numbers(drawn)
    y = observe(probes.drop_draws, matches=1e-9, **numbers)["y"]
    is_kept = decisions(y, (500, 2), **numbers)
    pattern = find_pattern(is_kept.double().reshape(-1, 1) - 0.5, torch.tensor([0.5], dtype=torch.float64))
    expected = "draws that are independent of each other"
    if pattern is not None:
        which = "previous one" if pattern.lag == 1 else f"one {pattern.lag} draws before"
        got = f"each draw copies or reverses the {which} (the two layers draw alternately)"
        expect(False, expected=expected, got=got)
    for layer in range(2):
        deck = find_deck(is_kept[:, layer], 2, longest=14, share=0.8)
        if deck is not None:
            blocks = f"{deck.share:.0%} of the blocks of {deck.length} passes"
            expect(False, expected=expected, got=f"kept in exactly half of {blocks}, as if dealt from a deck")


@pytest.mark.points(0.5)
@pytest.mark.chance(5e-8)
@pytest.mark.kept("its message says how often the layer was kept, and how often it should have been")
@pytest.mark.rests_on(
    "survival_prob: probability of keeping the layer in a training forward",
    "$p = 1$ is an ordinary residual layer; with $p = 0$ the layer is never used",
)
def test_survival_rate(compare, observe, probes, drawn):
    """In training, the layer is kept with probability survival_prob: never with 0, always with 1.

    How often it is kept is binomial. The share of 800 draws is more than 0.06 off with a chance of at most 3e-8 at
    rates from 0.91 to 0.94, an exact sum over the tails, and more than 0.1 off with one of at most 1.2e-9 at rates from
    0.2 to 0.3. There the share of draws at the squared rate, which two draws for one decision have, is within 0.1 with
    a chance of at most 1e-12.
    """
    for low, high, tolerance in ((0.91, 0.94, 0.06), (0.2, 0.3, 0.1)):
        survival_prob, numbers = round(drawn.number(low, high), 3), draw_numbers(drawn)
        got = observe(probes.drop_rate, survival_prob=survival_prob, matches=0.1, **numbers)
        y = got["y, summed over the forward passes"].diff(prepend=torch.zeros(1, dtype=torch.float64))
        expect_numbers(y, (800,), **numbers)
        kept = float(((y - numbers["x"]).abs() > CLOSE).double().mean())
        expect(
            abs(kept - survival_prob) <= tolerance,
            expected=f"kept in {survival_prob:.1%} of 800 forward passes, give or take {tolerance:.0%}",
            got=f"kept in {kept:.1%}",
        )
    for survival_prob in (0.0, 1.0):
        compare(probes.drop_rate, survival_prob=survival_prob, forwards=64, **draw_numbers(drawn))
    compare(probes.drop_never_and_always)


@pytest.mark.points(0.5)
@pytest.mark.chance(3e-13)
@pytest.mark.rests_on("Gradients flow back through them: to the input, and to every parameter that was used")
def test_gradients(compare, probes):
    """Gradients reach x along both paths, and the layer's parameters when it is kept."""
    compare(probes.drop_gradients, mode="training, when kept")
    compare(probes.drop_gradients, mode="training, when dropped")
    compare(probes.drop_gradients)


@pytest.mark.guessable
@pytest.mark.points(0.25)
@pytest.mark.kept("a clearer message: it says that the layer is not registered")
@pytest.mark.rests_on("it is registered here, itself and not a copy")
def test_layer_is_a_part(compare, probes):
    """The layer is registered: parameters(), state_dict() and train() reach it."""
    compare(probes.drop_registered, calls=1)


@pytest.mark.points(0.5)
@pytest.mark.chance(4e-10)
@pytest.mark.kept("real layers bring convolutions and narrow dtypes, and rely on an unchanged x")
@pytest.mark.rests_on(
    "layer: any module that keeps the shape of its input",
    "even another `DropLayer`",
    "x: any shape that the layer takes, any floating dtype",
    "it is left unchanged",
    "returns x's shape, dtype and device",
)
def test_any_layer(compare, probes):
    """It works with any layer, shape and floating dtype, and leaves x unchanged.

    Each of the three results of nested layers has a chance of at least 0.3125: one is missing from 64 with a chance
    below 8e-11, in two answers and two of the reference.
    """
    compare(probes.drop_values)
    compare(probes.drop_values, kind="a convolution", shape=(2, 3, 5, 4))
    compare(probes.drop_values, shape=(4,))
    for dtype in ("float32", "float16", "bfloat16"):
        compare(probes.drop_values, dtype=dtype)
    compare(probes.drop_nested)


@pytest.mark.points(0.25)
@pytest.mark.chance(1e-18)
@pytest.mark.rests_on("one draw from torch's global generator")
def test_seed_decides(observe, probes, drawn):
    """The draws come from torch's global generator.

    Two patterns of 64 fair draws are equal with a chance of one in 2⁶⁴.
    """
    numbers = draw_numbers(drawn)
    got = observe(probes.drop_seeded, matches=1e-9, **numbers)
    first, again, other = (decisions(y, (64,), **numbers) for y in got.values())
    expect(torch.equal(first, again), expected="the same choices after the same seed", got="other choices")
    expect(not torch.equal(first, other), expected="other choices after another seed", got="the same choices")


@pytest.mark.points(0.25)
@pytest.mark.rests_on(
    "a float or int in [0, 1]", "the constructor raises ValueError for anything outside, NaN included"
)
def test_out_of_range(rejects, probes):
    """A survival_prob outside [0, 1], or NaN, is refused with a ValueError; 0 and 1 are legal."""
    rejects(probes.drop_out_of_range)
    rejects(probes.drop_out_of_range, first=-0.5)


@pytest.mark.public
@pytest.mark.guessable
@pytest.mark.points(0.25)
@pytest.mark.chance(2e-9)
@pytest.mark.hint("Which tensors does your `forward` make, and on which device are they?")
@pytest.mark.rests_on("on the layer's device", "on any device")
def test_placement(recompare):
    """DropLayer works on the device of its input."""
    recompare(device="cuda")
