import pytest

pytestmark = pytest.mark.exercise("Net")


@pytest.mark.public
@pytest.mark.core
@pytest.mark.points(1)
@pytest.mark.kept("a clearer message: the plain case by itself, before sizes and gradients")
@pytest.mark.rests_on(
    "num_classes: how many logits",
    "each followed by ReLU and 2×2 max-pooling",
    "the first two are followed by ReLU",
    "Return logits, the same in train mode and in evaluation mode.",
    "N at least 1",
    "flattened in the order (C, H, W)",
    "what a function is given, it leaves as it was",
)
@pytest.mark.hint("Print x.shape after each step of forward, and compare it with the table, row by row.")
def test_values(compare, probes):
    """Net computes the logits layer by layer, as in the table."""
    compare(probes.net_values)
    compare(probes.net_values, samples=1, num_classes=2, mode="evaluation")


@pytest.mark.public
@pytest.mark.points(0.75)
@pytest.mark.rests_on(
    "Two convolutions and three linear layers for 32×32 colour images.",
    "conv1, conv2: nn.Conv2d",
    "fc1, fc2, fc3: nn.Linear",
    "made in __init__ with the sizes in the table and a bias, in float32",
    "Nothing else has parameters.",
)
@pytest.mark.hint("print(net) lists the layers with their sizes. Compare them with the table, one by one.")
def test_layers(compare, probes, drawn):
    """conv1, conv2, fc1, fc2 and fc3 have the sizes in the table, in float32, and nothing else has parameters."""
    for _ in range(2):
        compare(probes.net_parts, calls=1, classes=drawn.integer(100, 1000))


@pytest.mark.points(0.25)
@pytest.mark.rests_on("num_classes: int = 10")
def test_defaults(compare, probes):
    """num_classes defaults to 10, and a new network takes float32."""
    compare(probes.net_defaults, calls=1)


@pytest.mark.points(0.5)
@pytest.mark.kept("the text says that every layer learns: a cut gradient would show here")
@pytest.mark.rests_on("gradients reach x and every layer")
@pytest.mark.hint("Follow x through forward: is there a step that autograd does not see?")
def test_gradients(compare, probes):
    """Gradients reach the input and every layer."""
    compare(probes.net_gradients)
    compare(probes.net_gradients, mode="evaluation")


@pytest.mark.points(0.25)
@pytest.mark.rests_on("of the parameters' floating dtype", "of x's dtype")
@pytest.mark.hint("The network works in the dtype of its parameters. Does a line of forward make another one?")
def test_other_dtypes(compare, probes):
    """It works in float32, bfloat16 and float16 too."""
    for dtype in ("float32", "bfloat16", "float16"):
        compare(probes.net_values, dtype=dtype)


@pytest.mark.points(0.25)
@pytest.mark.rests_on("and on their device", "and on its device")
@pytest.mark.hint("A tensor that is made without a device is on the CPU.")
def test_placement(recompare, probes):
    """It works on the device of its parameters and its input."""
    recompare(device="cuda", without=(probes.net_parts, probes.net_defaults))
