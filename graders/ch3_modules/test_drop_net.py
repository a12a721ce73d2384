import math

import pytest
import torch
from torch import Tensor

from torchdojo.grading import expect
from torchdojo.grading.independence import find_pattern
from torchdojo.probe import Draw

pytestmark = pytest.mark.exercise("DropNet")

FORWARDS = 400
RATE_TOLERANCE = 0.14


def wanted_rates(depth: int, final: float) -> list[float]:
    """Return the survival probability of each block."""
    return [1 - (layer / depth) * (1 - final) for layer in range(1, depth + 1)]


@pytest.mark.public
@pytest.mark.points(1)
@pytest.mark.kept("it says what each part must be, by name: the numbers alone would not")
@pytest.mark.hint("`print(net)` shows what is registered: compare it, line by line, with the table.")
@pytest.mark.rests_on(
    "in_features: length of an input vector; width: length of the vectors inside; num_classes: number of logits",
    "stem: Linear(in_features, width)",
    "head: Linear(width, num_classes)",
    "blocks: nn.Sequential or nn.ModuleList of `depth` DropLayers",
    "around nn.Sequential(Linear(width, width), nn.ReLU())",
    "are your own, from above",
    "All that is random comes from torch's global generator",
    "a layer of its own that starts with numbers of its own",
    "No two blocks, and no two nets, share a Linear",
)
def test_parts(compare, observe, probes, drawn):
    """stem, blocks and head are made of the chapter's own Linear and DropLayer, each block with a layer of its own."""
    for depth in (drawn.integer(3, 7), 2):
        sizes = {"inputs": drawn.integer(2, 30), "width": drawn.integer(4, 30), "classes": drawn.integer(2, 30)}
        compare(probes.net_parts, calls=1, depth=depth, **sizes)
    width, depth = drawn.integer(4, 30), drawn.integer(3, 7)
    nets = observe(probes.net_seeded, width=width, depth=depth, matches=1e-6)
    for name, weights in nets.items():
        is_whole = weights.shape == (depth + 2, width, width) and bool(weights.isfinite().all())
        expect(is_whole, expected=f"{name}: {depth + 2} weights of shape ({width}, {width})", got="something else")
    first, second, again, other = nets.values()
    expect(torch.equal(first, again), expected="the same seed gives a net the same numbers", got="other numbers")
    for name, weights in (("after another seed", other), ("in the next net", second)):
        is_new = (first != weights).flatten(1).any(1).all()
        expect(bool(is_new), expected=f"other numbers {name}", got="a layer with the same numbers")
    is_own = len(first.flatten(1).unique(dim=0)) == depth + 2
    expect(is_own, expected="each layer starts with numbers of its own", got="two layers with the same numbers")


@pytest.mark.public
@pytest.mark.points(1)
@pytest.mark.kept("the plain case: its message says what is wrong in general")
@pytest.mark.hint(
    "In evaluation mode, compare `net(x)` with `net.head(net.blocks(net.stem(x)))`: what happens in between?"
)
@pytest.mark.rests_on(
    "Return logits: head(blocks(stem(x)))",
    "depth: number of blocks, at least 1",
    "There is nothing in between",
    "returns (N, num_classes)",
    "it is left unchanged",
)
def test_evaluation(compare, probes):
    """In evaluation, the logits are head(blocks(stem(x))), with nothing in between."""
    compare(probes.net_values)
    compare(probes.net_values, depth=2, final=0.5)
    compare(probes.net_values, depth=1, final=0.75, samples=1)


@pytest.mark.points(0.75)
@pytest.mark.rests_on(
    "with the survival probabilities that survival_probabilities(depth, final) gives, in its order",
    "final: survival probability of the last of them",
    "final: float = 0.5",
)
def test_survival_of_each_block(observe, probes, drawn):
    """Block l survives with probability p_l, as returned by survival_probabilities."""
    finals = [round(drawn.number(0.1, 0.4), 3), round(drawn.number(0.6, 0.85), 3)]
    for depth, final in ((drawn.integer(3, 9), finals[0]), (1, finals[1]), (2, 0.0)):
        got = observe(probes.net_weighting, depth=depth, final=final, matches=2e-6)
        expect_shares(got["what each block adds"], depth, final)
        expect_shares(got["in a net made before"], depth, 0.9)
    expect_shares(observe(probes.net_weighting_by_default, matches=2e-6)["what each block adds"], 3, 0.5)


def expect_shares(got: list, depth: int, final: float) -> None:
    """Fail the check unless the shares of the blocks in evaluation are right, to 1e-6."""
    wanted = wanted_rates(depth, final)
    close = len(got) == depth and all(abs(a - b) <= 2e-6 for a, b in zip(got, wanted, strict=True))
    shown_wanted = ", ".join(f"{p:.4g}" for p in wanted)
    shown_got = ", ".join(f"{p:.4g}" if isinstance(p, float) else str(p)[:40] for p in got[:8])
    expect(close, expected=f"the blocks add {shown_wanted} of their f(x)", got=shown_got)


def observe_use(observe, probes, drawn: Draw) -> tuple[Tensor, list[float]]:
    """Return which blocks were used in each forward pass, (forwards, blocks), and the rates at which they should be.

    Fail the check unless each block is used whole, for all samples, or not at all. What a block adds is drawn, so that
    an answer to another question fails.
    """
    depth, final = drawn.integer(3, 6), round(drawn.number(0.3, 0.6), 3)
    marks = tuple(round(drawn.number(0.5, 1.5), 3) for _ in range(depth))
    got = observe(probes.net_draws, depth=depth, final=final, marks=marks, forwards=FORWARDS, matches=0.1)
    sums = got["logits, summed over the forward passes"]
    expected = "each block used whole or not at all, the same for all samples of a batch"
    is_usable = sums.shape == (FORWARDS, 2, depth) and sums.dtype == torch.float64
    expect(is_usable, expected=f"{FORWARDS} times logits for 2 samples", got=f"shape {tuple(sums.shape)}")
    shares = sums.diff(dim=0, prepend=torch.zeros_like(sums[:1])) / torch.tensor(marks, dtype=torch.float64)
    used = shares > 0.5
    is_whole = bool(((shares - used.double()).abs() < 1e-6).all())
    expect(is_whole, expected=expected, got="a part of what a block adds, or something else")
    expect(torch.equal(used[:, 0], used[:, 1]), expected=expected, got="samples of one batch treated differently")
    return used[:, 0], wanted_rates(depth, final)


@pytest.mark.core
@pytest.mark.points(0.5)
@pytest.mark.chance(1e-7)
@pytest.mark.rests_on("it makes its own draw in training, whatever the others do")
def test_a_draw_for_each_block(observe, probes, drawn):
    """In training, each block is used whole or not at all, by a draw of its own, whatever the others do.

    A rate that is right to 0.14 is taken to be the wanted one, so a right answer's deviations have mean zero; see
    test_rates_in_training for the chance that it is not. `find_pattern` then fails it with a chance of at most 1e-8.
    Let Z be the squared deviation of the number of blocks used in a forward pass: V on average, and 3V² + κ on average
    when squared, κ being the fourth cumulant. n of them sum to less than nV − √(2n(3V² + κ)·20) with a chance of at
    most exp(−20) = 2.1e-9 (Maurer, 2003). A block is used always, or never, with a chance below 0.92⁴⁰⁰ = 4e-15.
    """
    used, wanted = observe_use(observe, probes, drawn)
    right, got_rates = torch.tensor(wanted, dtype=torch.float64), used.double().mean(0)
    rates = torch.where((got_rates - right).abs() <= RATE_TOLERANCE, right, got_rates)
    expected = "a draw of its own for each block in each forward pass"
    is_random = bool(((got_rates > 0) & (got_rates < 1)).all())
    expect(is_random, expected=expected, got="a block that is always used, or never")
    deviations = used.double() - rates
    pattern = find_pattern(deviations, torch.maximum(rates, 1 - rates))
    if pattern is not None:
        when = f"did {pattern.lag} passes earlier" if pattern.lag else "does"
        other = "it" if pattern.series == pattern.other else f"block {pattern.other}"
        got = f"whether block {pattern.series} is used depends on what {other} {when}"
        expect(False, expected=expected, got=got)
    variances = rates * (1 - rates)
    variance, fourth = float(variances.sum()), float((variances * (1 - 6 * variances)).sum())
    least = variance - math.sqrt(2 * 20 * (3 * variance**2 + fourth) / FORWARDS)
    varied = float(deviations.sum(1).square().mean())
    expect(varied >= least, expected=expected, got="nearly the same number of blocks in all forward passes")


@pytest.mark.points(0.5)
@pytest.mark.chance(1e-7)
@pytest.mark.kept("its message says how often each block is used, and how often it should be")
@pytest.mark.rests_on("with the survival probabilities that survival_probabilities(depth, final) gives, in its order")
def test_rates_in_training(observe, probes, drawn):
    """In training, each block is used with its own probability.

    A share of 400 draws is more than 0.14 off with a chance of at most 1.8e-8, an exact sum over the tails at the worst
    rate, for each of up to five blocks. A share of draws at a rate that is 0.26 off is within 0.14 with one below 1e-6.
    """
    used, wanted = observe_use(observe, probes, drawn)
    got = used.double().mean(0).tolist()
    rates = ", ".join(f"{p:.0%}" for p in wanted)
    expect(
        all(abs(a - b) <= RATE_TOLERANCE for a, b in zip(got, wanted, strict=True)),
        expected=f"used in {rates} of the forward passes, give or take {RATE_TOLERANCE:.0%}",
        got=f"used in {', '.join(f'{p:.0%}' for p in got)}",
    )


@pytest.mark.points(0.5)
@pytest.mark.rests_on("Gradients flow back through them: to the input, and to every parameter that was used")
def test_gradients(compare, probes):
    """With final 1 nothing is dropped, and every parameter gets its gradient."""
    compare(probes.net_gradients)
    compare(probes.net_gradients, mode="evaluation")


@pytest.mark.points(0.25)
@pytest.mark.rests_on(
    "any floating dtype, float16 and bfloat16 included",
    "x: (N, in_features), of the parameters' dtype",
    "same dtype and device",
)
def test_floating_dtypes(compare, probes):
    """DropNet works in float32, float16 and bfloat16 too."""
    for dtype in ("float32", "float16", "bfloat16"):
        compare(probes.net_values, dtype=dtype)


@pytest.mark.public
@pytest.mark.guessable
@pytest.mark.points(0.5)
@pytest.mark.hint("Which tensors does your `forward` make, and on which device are they?")
@pytest.mark.rests_on("on any device", "and on their device")
def test_placement(recompare, probes):
    """DropNet works on the device of its parameters and its input."""
    recompare(device="cuda", without=(probes.net_parts, probes.net_seeded))
