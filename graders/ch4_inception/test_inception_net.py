import pytest

pytestmark = pytest.mark.exercise("InceptionNet")


@pytest.mark.public
@pytest.mark.hint("Go through the table with width 16: which numbers go into each Inception?")
@pytest.mark.points(0.75)
@pytest.mark.kept("a clearer message: it names the part with the wrong sizes")
@pytest.mark.rests_on(
    "num_classes: how many logits",
    "stem: ConvBlock; inception1, inception2: Inception; head: nn.Linear(4 * width, num_classes)",
    "width: channels after the stem, a positive multiple of 8",
    "parameters of its own",
)
def test_parts(compare, probes, drawn):
    """stem, inception1, inception2 and head have the sizes in the table."""
    for width in (16, 56):
        compare(probes.net_parts, width=width, num_classes=drawn.integer(2, 1000), calls=1)


@pytest.mark.public
@pytest.mark.hint("Print x.shape after each line of forward, and compare it with the table.")
@pytest.mark.core
@pytest.mark.points(1)
@pytest.mark.kept("a clearer message: the plain case by itself")
@pytest.mark.rests_on(
    "A small classifier: a stem, two Inception modules, global average pooling and a linear head",
    "Return logits",
    "2×2 max-pool",
    "It leaves its input unchanged",
)
def test_values(compare, probes):
    """In evaluation, InceptionNet computes the logits layer by layer, as in the table."""
    compare(probes.net_values)
    compare(probes.net_values, width=16, num_classes=2)


@pytest.mark.points(0.5)
@pytest.mark.kept("the contract promises a global pooling, so images of any size")
@pytest.mark.rests_on("H and W at least 4", "whatever the size of the image")
def test_any_size(compare, probes):
    """It works with images of any size and batches of one: the last pooling is global."""
    compare(probes.net_sizes)
    compare(probes.net_sizes, shape=(1, 3, 32, 32))
    compare(probes.net_sizes, shape=(2, 3, 10, 7))
    compare(probes.net_values, shape=(1, 3, 4, 4), num_classes=1)


@pytest.mark.points(0.25)
@pytest.mark.rests_on("num_classes: int = 10, width: int = 32")
def test_defaults(compare, probes, drawn):
    """num_classes defaults to 10 and width to 32."""
    compare(probes.net_defaults, num_classes=drawn.integer(2, 1000), width=8 * drawn.integer(1, 8), calls=1)


@pytest.mark.points(0.25)
@pytest.mark.kept("a clearer message: it tells a wrong use of the batch from a wrong formula")
@pytest.mark.rests_on(
    "A small classifier: a stem, two Inception modules, global average pooling",
    "any floating dtype, float16 and bfloat16 included",
    "of x's dtype",
)
def test_training(compare, probes):
    """In training, each block normalises the batch. It works in every floating dtype."""
    compare(probes.net_values, mode="training")
    for dtype in ("float32", "float16", "bfloat16"):
        compare(probes.net_values, dtype=dtype)


@pytest.mark.points(0.5)
@pytest.mark.kept("the contract says that all layers learn: a cut gradient would show only here")
@pytest.mark.rests_on("gradients reach the input and all parameters, in training and in evaluation")
def test_gradients(compare, probes):
    """Gradients reach the input and every layer."""
    compare(probes.net_gradients)
    compare(probes.net_gradients, mode="training")


@pytest.mark.public
@pytest.mark.hint("Which ints are not a positive multiple of 8? Do not forget zero and the negative ones.")
@pytest.mark.points(0.5)
@pytest.mark.rests_on("ValueError for any other int")
def test_width_is_checked(rejects, probes, drawn):
    """A width that is not a positive multiple of 8 is refused with a ValueError."""
    rejects(probes.net_refused, first=8 * drawn.integer(1, 8) + drawn.integer(1, 8))
    rejects(probes.net_refused, first=-8)


@pytest.mark.points(0.25)
@pytest.mark.kept("the contract promises the device of the input")
@pytest.mark.rests_on("on the device that its parameters and its input share")
def test_placement(recompare):
    """It works on the device of its parameters and its input, in training too."""
    recompare(device="cuda")
