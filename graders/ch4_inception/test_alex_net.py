import math

import pytest

from torchdojo.grading import expect

pytestmark = pytest.mark.exercise("AlexNet")


@pytest.mark.public
@pytest.mark.points(1)
@pytest.mark.kept("a clearer message: the plain case by itself, without dropout")
@pytest.mark.rests_on(
    "AlexNet's five convolutions and three linear layers, for 32×32 images",
    "Return logits",
    "features: nn.Sequential of the convolutions (with bias), ReLUs and poolings of the table above",
    "It leaves its input unchanged",
)
def test_values(compare, probes):
    """In evaluation, AlexNet computes the logits layer by layer, as in the table; features is the same in training."""
    compare(probes.alex_values)
    compare(probes.alex_values, width=2, num_classes=7)
    compare(probes.alex_features)
    compare(probes.alex_features, mode="training", scale=8)


@pytest.mark.public
@pytest.mark.points(0.75)
@pytest.mark.kept("a clearer message: it names the layer with the wrong sizes")
@pytest.mark.rests_on(
    "num_classes: how many logits",
    "width: channels of the first convolution",
    "classifier: nn.Sequential of the dropouts, linear layers and ReLUs; the flattening may be in it or before it",
    "These convolutions keep their bias",
    "parameters of its own",
)
def test_parts(compare, probes):
    """The convolutions and linear layers have the sizes in the table, each with a bias."""
    compare(probes.alex_parts, calls=1)
    compare(probes.alex_parts, width=3, calls=1)


@pytest.mark.public
@pytest.mark.points(0.75)
@pytest.mark.chance(1e-7)
@pytest.mark.rests_on(
    "Dropout(0.5), Linear($16w$, $16w$), ReLU, Dropout(0.5), Linear($16w$, $16w$)",
    "Each number of each image has a draw of its own",
    "classifier: nn.Sequential of the dropouts",
)
def test_dropout(observe, probes):
    """In training, dropout comes before the first and before the second linear layer; in evaluation, there is none.

    64 images of 64 units are 4096 fair draws for the second dropout: their share is more than 0.05 off with a chance
    of at most 2·exp(−2 · 4096 · 0.05²) = 2.6e-9 (Hoeffding). The first dropout keeps Binomial(64, ½) features of each
    image: twice the mean of twice 64 fair draws, so its mean over 64 images is more than 0.2 off 2 with a chance below
    2·exp(−2 · 4096 · 0.05²), again 2.6e-9. The variance of the largest logit is 4/64 = 0.0625, with a relative
    standard deviation of √(2/63) = 0.18. The bounds 0.01 and 0.2 are 4.7 deviations below (the chance that a χ² with 63
    degrees of freedom is below 10 is less than 1e-15) and 12 above. The scale is read off two images whose counts
    differ by one: that there are none, among 28 and 29, 30 and 31, …, 36 and 37, has a chance below 1e-9. That all
    units of an image are kept, or all dropped, has one of 64 · 2⁻⁶³.
    """
    got = observe(probes.alex_dropout, matches=0.25)
    zeros, mean, variance = (got[name] for name in list(got)[:3])
    expect(abs(zeros - 0.5) <= 0.05, expected="half of the units zero after the second dropout", got=f"{zeros:.1%}")
    expect(
        math.isfinite(mean) and abs(mean - 2.0) <= 0.2,
        expected="kept units twice as large, so that the mean stays the same",
        got=f"kept units {mean:.3g} times as large",
    )
    expect(
        0.01 <= variance <= 0.2,
        expected="what reaches the first linear layer varies from image to image, as half of its inputs are dropped",
        got=f"a variance of {variance:.3g} where 0.0625 is right",
    )
    scale = got["scale of the features that the first dropout kept"]
    expect(
        abs(scale - 2.0) <= 1e-6,
        expected="features that the first dropout kept twice as large, so that the mean stays the same",
        got=f"features {scale:.6g} times as large",
    )
    expect(
        not got["the units of an image are dropped together"],
        expected="a draw for each image and unit",
        got="all units of an image dropped together, or none",
    )
    expect(
        got["each image has two values"],
        expected="each unit dropped or doubled by the second dropout",
        got="other values",
    )
    expect(
        not got["the same units are dropped in each image"],
        expected="a draw for each image and unit",
        got="the same units dropped in each image",
    )


@pytest.mark.points(0.25)
@pytest.mark.kept("a clearer message: it says that dropout does not stop, where values only differ")
@pytest.mark.rests_on("In evaluation it must do nothing at all")
def test_no_dropout_in_evaluation(compare, probes):
    """In evaluation, dropout does nothing."""
    compare(probes.alex_dropout, mode="evaluation", samples=3)


@pytest.mark.points(0.25)
@pytest.mark.rests_on("num_classes: int = 10, width: int = 64")
def test_defaults(compare, probes):
    """num_classes defaults to 10 and width to 64."""
    compare(probes.alex_defaults, calls=1)


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
            expected=f"{where}: a slope of {wanted:.6g}, by differences, in training",
            got=f"{where}: a slope of {slope:.6g} by the gradients",
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
