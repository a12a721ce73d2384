import pytest
import torch

from torchdojo.grading import expect

pytestmark = pytest.mark.exercise("DropNet")


@pytest.mark.public
@pytest.mark.points(1)
@pytest.mark.kept("it says what each part must be, by name: the numbers alone would not")
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
def test_parts(compare, probes):
    """stem, blocks and head are made of the chapter's own Linear and DropLayer, each block with a layer of its own."""
    compare(probes.net_parts, calls=1)
    compare(probes.net_parts, depth=2, calls=1)
    compare(probes.net_seeded, calls=1)


@pytest.mark.public
@pytest.mark.points(1)
@pytest.mark.kept("the plain case: its message says what is wrong in general")
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
def test_survival_of_each_block(observe, probes):
    """Block l survives with probability p_l, as returned by survival_probabilities."""
    for depth, final in ((5, 0.2), (1, 0.7), (2, 0.0)):
        got = observe(probes.net_weighting, depth=depth, final=final, matches=2e-6)
        expect_shares(got["shares"], depth, final)
        expect_shares(got["shares of a net made before"], depth, 0.9)
    expect_shares(observe(probes.net_weighting_by_default, matches=2e-6)["shares"], 3, 0.5)


def expect_shares(got: list, depth: int, final: float) -> None:
    """Fail the check unless the shares of the blocks in evaluation are right, to 1e-6."""
    wanted = [1 - (layer / depth) * (1 - final) for layer in range(1, depth + 1)]
    close = len(got) == depth and all(abs(a - b) <= 2e-6 for a, b in zip(got, wanted, strict=True))
    shown_wanted = ", ".join(f"{p:.4g}" for p in wanted)
    shown_got = ", ".join(f"{p:.4g}" if isinstance(p, float) else str(p)[:40] for p in got[:8])
    expect(close, expected=f"shares {shown_wanted}", got=f"shares {shown_got}")


@pytest.mark.points(1)
@pytest.mark.chance(5e-7)
@pytest.mark.kept("the draws in training: a net that is right in evaluation may still train differently")
@pytest.mark.rests_on("it makes its own draw in training, whatever the others do")
def test_rates_in_training(compare, observe, probes):
    """In training, each block is used whole or not at all, with its own probability, independently of the others.

    Hoeffding: a share of n = 400 draws is more than t = 0.15 off with a chance of at most 2·exp(−2nt²) = 3.1e-8, four
    times. Two blocks are used, or not, in four ways. The rarest is that the last is used without the first, with
    probability 0.25 · 0.1875; the chance that it never happens in 400 forward passes is 0.9531⁴⁰⁰ < 5e-9. There are 24
    ways in all.
    """
    compare(probes.net_use)
    got = observe(probes.net_rates, matches=0.2)
    wanted = torch.tensor([0.8125, 0.625, 0.4375, 0.25], dtype=torch.float64)
    rates = got["rates"]
    well_formed = (rates.shape, rates.dtype) == (wanted.shape, wanted.dtype)
    close = well_formed and bool(((rates - wanted).abs() <= 0.15).all())
    shown = ", ".join(f"{rate:.2f}" for rate in rates.flatten().tolist()[:8])
    expect(
        close,
        expected="used in 81 %, 62 %, 44 % and 25 % of the forward passes, give or take 15 %",
        got=f"used in {shown}",
    )
    ways = got["ways in which two blocks were used or not"]
    expect(
        all(number == 4 for number in ways),
        expected="a draw of its own for each block: any two are used both, one without the other, and not at all",
        got="two blocks whose draws depend on each other",
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
@pytest.mark.points(0.5)
@pytest.mark.rests_on("on any device", "and on their device")
def test_placement(recompare):
    """DropNet works on the device of its parameters and its input."""
    recompare(device="cuda")
