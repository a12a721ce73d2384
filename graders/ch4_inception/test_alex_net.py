import math

import pytest
import torch

from torchdojo.grading import expect

pytestmark = pytest.mark.exercise("AlexNet")


@pytest.mark.public
@pytest.mark.hint("print(AlexNet(width=4)) lists every layer: put it beside the table.")
@pytest.mark.points(0.75)
@pytest.mark.kept("a clearer message: it names the layer with the wrong sizes")
@pytest.mark.rests_on(
    "num_classes: how many logits",
    "width: channels of the first convolution",
    "classifier: nn.Sequential of the dropouts, linear layers and ReLUs; the flattening may be in it or before it",
    "These convolutions keep their bias",
    "parameters of its own",
)
def test_parts(compare, probes, drawn):
    """The convolutions and linear layers have the sizes in the table, each with a bias."""
    compare(probes.alex_parts, width=drawn.integer(2, 9), num_classes=drawn.integer(2, 1000), calls=1)
    compare(probes.alex_parts, width=3, calls=1)


@pytest.mark.public
@pytest.mark.hint(
    "Print x.shape after each layer of features, and compare it with the table. What follows the last linear layer?"
)
@pytest.mark.core
@pytest.mark.points(1)
@pytest.mark.kept("a clearer message: the plain case by itself, without dropout")
@pytest.mark.rests_on(
    "AlexNet's five convolutions and three linear layers, for 32×32 images",
    "Return logits",
    "features: nn.Sequential of the convolutions (with bias), ReLUs and poolings of the table above",
    "It leaves its input unchanged",
)
def test_values(compare, probes):
    """In evaluation, AlexNet computes the logits layer by layer, as in the table."""
    compare(probes.alex_values)
    compare(probes.alex_values, width=2, num_classes=7)
    compare(probes.alex_features)
    compare(probes.alex_features, scale=8)


def read_masks(logits: torch.Tensor, scale: float) -> torch.Tensor:
    """Return from the logits of alex_dropout what was kept, 0. or 1., of shape (passes, dropouts, images, numbers).

    A unit that the second dropout kept shows 2 · 2 · the sum of 2^i over the features i that the first one kept.
    """
    units = logits / scale
    second = units > 0
    dropped = 1 - second.double().mean().item()
    half = "half of these logits zero, those whose unit the second dropout dropped"
    expect(abs(dropped - 0.5) <= 0.05, expected=half, got=f"{dropped:.1%} of them zero")
    seen = units.amax(dim=-1)
    is_clear = bool(((units == 0) | (units == seen[..., None])).all() and (seen > 0).all() and (seen < 2.0**50).all())
    expect(
        is_clear,
        expected="a draw for each number: some units of each image kept, some dropped",
        got="units that are all kept, all dropped, or mixed",
    )
    codes = (seen / 4).round()
    is_doubled = bool(((seen / 4 - codes).abs() < 0.25).all())
    doubled = "numbers twice as large after each dropout, or zero, so that the mean stays the same"
    expect(is_doubled, expected=doubled, got="numbers scaled by a factor other than 2")
    first = codes.long()[..., None] >> torch.arange(logits.shape[-1]) & 1
    return torch.stack([first.double(), second.double()], dim=1)


def which_draws(distance: int, masks: torch.Tensor) -> str:
    """Say which draws of (passes, dropouts, images, numbers) are this far apart in the order in which they are made."""
    dropouts, images, numbers = masks.shape[1:]
    places = (
        (dropouts * images * numbers, "calls"),
        (images * numbers, "dropouts"),
        (numbers, "images"),
        (1, "numbers"),
    )
    size, what = next((size, what) for size, what in places if distance % size == 0)
    steps = distance // size
    nearest = {"calls": "consecutive calls", "dropouts": "the two dropouts"}.get(what, f"neighbouring {what}")
    return nearest if steps == 1 else f"{what} {steps} places apart"


def expect_own_draws(masks: torch.Tensor) -> None:
    """Fail the check unless the numbers that the dropouts kept can be fair draws, each by itself.

    First the draws are laid out in the order in which they are made, and compared with those made later, at every
    distance up to half of all. That finds a rhythm, a mask that is used again, and one that is turned around. Then they
    are counted in groups: how many of an image are kept, of a dropout, and how often each unit. Fair counts vary.
    """
    signs = (2 * masks - 1).flatten()
    spectrum = torch.fft.rfft(signs, 2 * len(signs))
    distances = torch.arange(1, len(signs) // 2 + 1)
    agreement = torch.fft.irfft(spectrum.abs().square())[distances] / (len(signs) - distances)
    largest = float(agreement.abs().max())
    nearest = int((agreement.abs() >= largest - 0.02).nonzero()[0])  # what repeats does so at twice the distance, too
    expect(
        largest <= 0.07,
        expected="a draw of its own for each number of each image, in both dropouts, at each call",
        got=f"the draws of {which_draws(nearest + 1, masks)} agree in {(1 + agreement[nearest]) / 2:.0%}, not in half",
    )
    for what, counted in {"an image": (3,), "a dropout": (2, 3), "a unit, over the images": (2,)}.items():
        sums = (2 * masks - 1).sum(dim=counted)
        spread = (sums.square().sum() / masks.numel()).item()
        expect(
            0.25 <= spread <= 3.0,
            expected=f"how many numbers of {what} are kept varies like the number of heads in coin tosses",
            got=f"a variance {spread:.3g} times as large" if spread > 1e-6 else "the same number every time",
        )


@pytest.mark.public
@pytest.mark.hint("What does the classifier begin with, and what decides whether dropout is on?")
@pytest.mark.points(0.75)
@pytest.mark.chance(1e-7)
@pytest.mark.rests_on(
    "Dropout(0.5), Linear($16w$, $16w$), ReLU, Dropout(0.5), Linear($16w$, $16w$)",
    "Each number of each image has a draw of its own, in both dropouts and at each call, from torch's global generator",
    "classifier: nn.Sequential of the dropouts",
)
def test_dropout(compare, observe, probes, drawn):
    """In training, fair draws decide what is dropped, before the first two linear layers and nowhere else.

    40 passes of 8 images with 2 · 48 numbers are 30,720 fair draws. Each dropout's share is more than 0.05 off with a
    chance of at most 2·exp(−2 · 15,360 · 0.05²) < 1e-32 (Hoeffding). That an image loses all 48 numbers of a dropout
    has one of 640 · 2⁻⁴⁸ = 2.3e-12. At each distance there are at least 15,360 pairs of draws, and whether they agree
    are independent fair draws again: more than 0.07 off with a chance of at most 2·exp(−15,360 · 0.07² / 2) = 9e-17, at
    any of 15,360 distances 1.4e-12. The counts' variances leave their bounds with a chance below 1e-11 (Chernoff, over
    the binomial distribution), nearly all of it from the 80 counts of a dropout.
    """
    compare(probes.alex_features, mode="training")
    scale = round(drawn.number(1, 9), 4)
    got = observe(probes.alex_dropout, scale=scale)
    logits, again = got["logits"], got["logits after the first seed again"]
    is_usable = logits.shape == (40, 8, 48) and again.shape == (8, 48) and bool(logits.isfinite().all())
    expect(is_usable, expected="48 finite logits for each of 8 images", got=f"logits of shape {tuple(logits.shape)}")
    masks = read_masks(logits.double(), scale)
    kept = masks[:, 0].mean().item()
    expect(abs(kept - 0.5) <= 0.05, expected="half of the features dropped", got=f"{1 - kept:.1%} of them dropped")
    expect_own_draws(masks)
    expect(
        torch.equal(logits[0], again),
        expected="draws from torch's global generator: the same ones after the same torch.manual_seed",
        got="other draws after the same seed",
    )


@pytest.mark.points(0.25)
@pytest.mark.kept("a clearer message: it says that dropout does not stop, where values only differ")
@pytest.mark.rests_on("In evaluation it must do nothing at all")
def test_no_dropout_in_evaluation(compare, probes, drawn):
    """In evaluation, dropout does nothing."""
    compare(probes.alex_dropout, mode="evaluation", passes=2, images=3, scale=round(drawn.number(1, 9), 4))


@pytest.mark.points(0.25)
@pytest.mark.rests_on("num_classes: int = 10, width: int = 64")
def test_defaults(compare, probes, drawn):
    """num_classes defaults to 10 and width to 64."""
    compare(probes.alex_defaults, num_classes=drawn.integer(2, 1000), width=drawn.integer(2, 9), calls=1)


@pytest.mark.points(0.5)
@pytest.mark.kept("the contract says that all layers learn: a cut gradient would show only here")
@pytest.mark.rests_on(
    "gradients reach the input and all parameters, in training and in evaluation", "from torch's global generator"
)
def test_gradients(compare, observe, probes):
    """Gradients reach the input and every layer, in evaluation and in training."""
    compare(probes.alex_gradients)
    slopes = list(observe(probes.alex_training_gradients, matches=1e9).items())
    for (name, slope), (_, wanted) in zip(slopes[::2], slopes[1::2], strict=True):
        where = name.removesuffix(": by gradient")
        expect(
            math.isfinite(slope) and abs(slope - wanted) <= 1e-3 * abs(wanted) + 1e-5,
            expected=f"in training, gradients of the {where} that say how the output changes: by {wanted:.6g} per step",
            got=f"gradients that say {slope:.6g} per step",
        )


@pytest.mark.points(0.25)
@pytest.mark.kept("a clearer message: a batch of one is where dimensions get lost; and any floating dtype")
@pytest.mark.rests_on(
    "(N, 3, 32, 32), any floating dtype",
    "Flatten them from dimension 1 on",
    "any floating dtype, float16 and bfloat16 included",
    "of x's dtype",
)
def test_one_image(compare, probes):
    """A batch of one image gives one row of logits; every floating dtype works, and is kept."""
    compare(probes.alex_values, shape=(1, 3, 32, 32))
    for dtype in ("float32", "float16", "bfloat16"):
        compare(probes.alex_values, dtype=dtype)


@pytest.mark.points(0.25)
@pytest.mark.kept("the contract promises the device of the input")
@pytest.mark.rests_on("on the device that its parameters and its input share")
def test_placement(recompare):
    """It works on the device of its parameters and its input, in training too."""
    recompare(device="cuda")
