import pytest

pytestmark = pytest.mark.exercise("VGG")


@pytest.mark.public
@pytest.mark.hint(
    'print(VGG((4, "M", 6))) lists the layers that PyTorch knows of. Are all there, with the right channels?'
)
@pytest.mark.points(0.5)
@pytest.mark.kept("a clearer message: it names the layer of the wrong type or size")
@pytest.mark.rests_on(
    "features: that nn.Sequential; classifier: nn.Linear(last int of config, num_classes)",
    "num_classes: how many logits",
    "parameters of its own",
)
def test_parts(compare, probes, drawn):
    """features is a Sequential, and classifier an nn.Linear from the last int to num_classes."""
    first, second, third = (drawn.integer(2, 60) for _ in range(3))
    compare(probes.vgg_parts, config=(first, "M", second, third, "M"), num_classes=drawn.integer(2, 1000), calls=1)
    compare(probes.vgg_parts, config=("M", 1, first, first), calls=1)


@pytest.mark.public
@pytest.mark.hint('print(VGG((4, "M", 6)).features) should list five layers. Which one is missing, or one too many?')
@pytest.mark.core
@pytest.mark.points(1)
@pytest.mark.kept("a clearer message: the plain case by itself")
@pytest.mark.rests_on(
    "A plain stack of 3×3 convolutions and 2×2 poolings, global average pooling and a linear layer",
    "Return logits",
    'a positive int is Conv 3×3 with padding 1 and that many channels, then ReLU; "M" is a 2×2 max-pool',
    "It leaves its input unchanged",
)
def test_values(compare, probes, drawn):
    """VGG applies the layers in its config, one after the other, in training as in evaluation."""
    first, second, third, fourth = (drawn.integer(2, 12) for _ in range(4))
    compare(probes.vgg_values, config=(first, "M", second, third, "M", fourth), num_classes=drawn.integer(2, 20))
    compare(probes.vgg_values, config=(5, 3), num_classes=2, mode="evaluation")
    compare(probes.vgg_values, config=("M", 4, "M", "M", 2), num_classes=4)


@pytest.mark.points(0.5)
@pytest.mark.rests_on("`features` is exactly this sequence", "features: that nn.Sequential")
def test_features(compare, probes):
    """features ends with the last entry of config, before any global pooling."""
    compare(probes.vgg_features)
    compare(probes.vgg_features, config=(3, "M", 5), scale=8)


@pytest.mark.points(0.25)
@pytest.mark.kept("the contract promises a global pooling, so images of any size, and any floating dtype")
@pytest.mark.rests_on(
    "large enough for the poolings",
    "global average pooling",
    "any floating dtype, float16 and bfloat16 included",
    "of x's dtype",
)
def test_any_size(compare, probes):
    """It works with images of any size, batches of one and every floating dtype: the last pooling is global."""
    for dtype in ("float32", "float16", "bfloat16"):
        compare(probes.vgg_values, dtype=dtype)
    compare(probes.vgg_values, shape=(1, 3, 5, 9))
    compare(probes.vgg_values, shape=(2, 3, 32, 32))
    compare(probes.vgg_values, shape=(1, 3, 4, 4), num_classes=1)
    compare(probes.vgg_values, config=(4, "M", 1))


@pytest.mark.points(0.25)
@pytest.mark.rests_on("config: a list or tuple", "It is not changed")
def test_config_is_kept(compare, probes, drawn):
    """The config is read, not changed: the same list builds the same network again."""
    first, second = drawn.integer(2, 60), drawn.integer(2, 60)
    compare(probes.vgg_config_kept, config=(first, "M", second, first + second, "M"), calls=1)


@pytest.mark.points(0.25)
@pytest.mark.rests_on("num_classes: int = 10")
def test_defaults(compare, probes, drawn):
    """num_classes defaults to 10."""
    compare(probes.vgg_defaults, config=(drawn.integer(2, 60), drawn.integer(100, 1000)), calls=1)


@pytest.mark.points(0.5)
@pytest.mark.kept("the contract says that all layers learn: a cut gradient would show only here")
@pytest.mark.rests_on("gradients reach the input and all parameters, in training and in evaluation")
def test_gradients(compare, probes):
    """Gradients reach the input and every layer."""
    compare(probes.vgg_gradients)
    compare(probes.vgg_gradients, mode="evaluation")


@pytest.mark.public
@pytest.mark.hint('What does your loop do with an entry that is neither a positive int nor "M"?')
@pytest.mark.points(0.5)
@pytest.mark.rests_on("ValueError for any other entry, or without any int")
def test_config_is_checked(rejects, probes, drawn):
    """A config with any other entry, or without an int, is refused with a ValueError."""
    rejects(probes.vgg_refused, first=(drawn.integer(2, 1000), "m"))
    rejects(probes.vgg_refused, first=("M", "M"))


@pytest.mark.points(0.25)
@pytest.mark.kept("the contract promises the device of the input")
@pytest.mark.rests_on("on the device that its parameters and its input share")
def test_placement(recompare):
    """It works on the device of its parameters and its input."""
    recompare(device="cuda")
