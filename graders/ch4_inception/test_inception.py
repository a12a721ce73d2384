import pytest

pytestmark = pytest.mark.exercise("Inception")


@pytest.mark.public
@pytest.mark.hint(
    "print(Inception(3, 1, 2, 3, 4, 5, 6)) lists every convolution: follow the channels from line to line."
)
@pytest.mark.points(0.5)
@pytest.mark.kept("a clearer message: it names the convolution with the wrong window or channels")
@pytest.mark.rests_on(
    "in_channels: channels of the input",
    "c3_reduce, c3: channels out of the 1×1 and the 3×3 (padding 1) ConvBlock of branch3, an nn.Sequential",
    "c5_reduce, c5: channels out of the 1×1 and the 5×5 (padding 2) ConvBlock of branch5, an nn.Sequential",
    "parameters of its own",
)
def test_windows(compare, probes, drawn):
    """The convolutions have the channels and the windows asked for: 1×1, 3×3 and a true 5×5."""
    inputs, *counts = (drawn.integer(1, 40) for _ in range(7))
    compare(probes.inception_parts, calls=1, inputs=inputs, counts=tuple(counts))


@pytest.mark.public
@pytest.mark.hint("Print the shapes of the four branches' outputs. Which dimension adds up, and which have to agree?")
@pytest.mark.core
@pytest.mark.points(1)
@pytest.mark.kept("the point of the exercise: the whole block in evaluation mode")
@pytest.mark.rests_on(
    "Return the four branches' outputs, concatenated in the order 1, 3, 5, pool",
    "Four branches side by side, concatenated on the channels",
    "x: (N, in_channels, H, W)",
    "(N, c1 + c3 + c5 + pool_proj, H, W)",
    "It leaves its input unchanged",
)
def test_values(compare, probes):
    """Inception returns its four branches' outputs, concatenated along the channels: 1, 3, 5, pool."""
    compare(probes.inception_values)
    compare(probes.inception_values, counts=(2, 2, 2, 2, 2, 2))
    compare(probes.inception_values, counts=(4, 1, 3, 2, 5, 1), shape=(1, 3, 4, 4))


@pytest.mark.points(0.75)
@pytest.mark.kept("a clearer message: it names the branch that is wrong")
@pytest.mark.rests_on(
    "c1: channels out of branch1, ConvBlock 1×1",
    "pool_proj: channels out of the 1×1 ConvBlock that follows a 3×3 max-pool (stride 1, padding 1) in branch_pool",
)
def test_branches(compare, probes):
    """Each branch computes what its layers say."""
    compare(probes.inception_branches)


@pytest.mark.points(0.25)
@pytest.mark.kept("the contract promises that height and width are kept, small ones too")
@pytest.mark.rests_on("height and width are kept")
def test_any_size(compare, probes):
    """Height and width are kept, whatever they are."""
    compare(probes.inception_values, shape=(2, 3, 1, 1))
    compare(probes.inception_values, shape=(1, 3, 3, 8))
    compare(probes.inception_values, shape=(1, 3, 7, 2))


@pytest.mark.points(0.5)
@pytest.mark.kept("a clearer message: it tells a wrong use of the batch from a wrong formula")
@pytest.mark.rests_on("concatenated in the order 1, 3, 5, pool", "1×1 block, then 5×5 block")
def test_training(compare, probes):
    """In training, every branch normalises the batch and moves its running averages."""
    compare(probes.inception_values, mode="training")


@pytest.mark.public
@pytest.mark.hint("Is there anything on the way that autograd cannot follow, such as detach(), .data or no_grad?")
@pytest.mark.points(0.5)
@pytest.mark.kept("the contract says that all branches learn: a cut gradient would show only here")
@pytest.mark.rests_on("gradients reach the input and all parameters, in training and in evaluation")
def test_gradients(compare, probes):
    """Gradients reach the input and every convolution."""
    compare(probes.inception_gradients)
    compare(probes.inception_gradients, mode="evaluation")


@pytest.mark.points(0.25)
@pytest.mark.kept("the contract promises any floating dtype")
@pytest.mark.rests_on("any floating dtype, float16 and bfloat16 included", "of x's dtype")
def test_floating_dtypes(compare, probes):
    """It works in every floating dtype, and keeps it."""
    for dtype in ("float32", "float16", "bfloat16"):
        compare(probes.inception_values, dtype=dtype)


@pytest.mark.points(0.25)
@pytest.mark.rests_on("on the device that its parameters and its input share")
def test_placement(recompare):
    """It works on the device of its parameters and its input, in training too."""
    recompare(device="cuda")
