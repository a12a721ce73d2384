import pytest

pytestmark = pytest.mark.exercise("ConvBlock")


@pytest.mark.public
@pytest.mark.hint("print(ConvBlock(3, 8, 3)) lists the layers with their options.")
@pytest.mark.points(0.5)
@pytest.mark.kept("a clearer message: it names the layer of the wrong type, where values only differ")
@pytest.mark.rests_on("conv: nn.Conv2d without bias; bn: nn.BatchNorm2d with its defaults", "parameters of its own")
def test_parts(compare, probes, drawn):
    """conv is an nn.Conv2d without bias, bn an nn.BatchNorm2d with its defaults; a new block works at once."""
    inputs, outputs, kernel_size = drawn.integer(2, 50), drawn.integer(2, 100), drawn.integer(1, 8)
    compare(probes.block_parts, calls=1, inputs=inputs, outputs=outputs, kernel_size=kernel_size)
    compare(probes.block_as_built, calls=1, inputs=inputs, outputs=outputs, kernel_size=kernel_size)


@pytest.mark.public
@pytest.mark.hint(
    "Print the smallest value of y, and the mean of each channel before the ReLU. Which layer surprises you?"
)
@pytest.mark.points(0.75)
@pytest.mark.kept("a clearer message: it tells wrong running averages from a wrong formula")
@pytest.mark.rests_on(
    "Convolution without bias, then batch norm, then ReLU", "Return the block's output", "it is left unchanged"
)
def test_evaluation(compare, probes):
    """In evaluation, ConvBlock applies the convolution, batch norm with its running averages, and ReLU."""
    compare(probes.block_values)
    compare(probes.block_values, kernel_size=1, padding=0)
    compare(probes.block_values, kernel_size=5, padding=2)
    compare(probes.block_values, width=3)


@pytest.mark.public
@pytest.mark.hint("What is applied last decides whether y can be negative, and what batch norm gets to see.")
@pytest.mark.core
@pytest.mark.points(0.75)
@pytest.mark.kept("the plain case by itself, whatever happens to the window: three layers in their order")
@pytest.mark.rests_on("In training it looks at all the values of that channel", "keeps running averages")
def test_training(compare, probes):
    """In training, a 1×1 block convolves, normalises the batch itself and applies ReLU; the running averages move."""
    compare(probes.block_values, mode="training", kernel_size=1, padding=0)
    compare(probes.block_values, mode="training", kernel_size=1, padding=0, width=3, shape=(4, 3, 5, 3))


@pytest.mark.points(0.5)
@pytest.mark.kept("a clearer message: it says which argument did not arrive")
@pytest.mark.rests_on(
    "kernel_size, stride, padding: in pixels, handed to the convolution",
    "x: (N, in_channels, H, W), any floating dtype",
    "(N, out_channels, H', W')",
)
def test_stride_and_padding(compare, probes):
    """stride and padding reach the convolution."""
    compare(probes.block_values, stride=2)
    compare(probes.block_values, padding=0)
    compare(probes.block_values, stride=3, padding=2, shape=(1, 3, 9, 7))


@pytest.mark.points(0.25)
@pytest.mark.kept("a clearer message: it says that a default is wrong")
@pytest.mark.rests_on("stride: int = 1, padding: int = 0")
def test_defaults(compare, probes):
    """stride defaults to 1 and padding to 0."""
    compare(probes.block_defaults)


@pytest.mark.points(0.5)
@pytest.mark.kept("the contract says that the block learns: a cut gradient would show only here")
@pytest.mark.rests_on("gradients reach the input and all parameters, in training and in evaluation")
def test_gradients(compare, probes):
    """Gradients reach the input, the convolution and the batch norm."""
    compare(probes.block_gradients)
    compare(probes.block_gradients, mode="evaluation")


@pytest.mark.points(0.25)
@pytest.mark.kept("the contract promises any floating dtype")
@pytest.mark.rests_on("any floating dtype, float16 and bfloat16 included", "of x's dtype")
def test_floating_dtypes(compare, probes):
    """It works in every floating dtype, and keeps it."""
    for dtype in ("float32", "float16", "bfloat16"):
        compare(probes.block_values, dtype=dtype)


@pytest.mark.points(0.5)
@pytest.mark.kept("the contract promises the device of the input")
@pytest.mark.rests_on("on the device that its parameters and its input share")
def test_placement(recompare):
    """It works on the device of its parameters and its input, in training too."""
    recompare(device="cuda")
