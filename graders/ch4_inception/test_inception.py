import pytest

pytestmark = pytest.mark.exercise("Inception")


@pytest.mark.public
@pytest.mark.points(1)
def test_values(compare, probes):
    """Inception returns its four branches' outputs, concatenated along the channels: 1, 3, 5, pool."""
    compare(probes.inception_values)
    compare(probes.inception_values, counts=(2, 2, 2, 2, 2, 2))
    compare(probes.inception_values, counts=(4, 1, 3, 2, 5, 1), shape=(1, 3, 4, 4))


@pytest.mark.points(0.75)
@pytest.mark.kept("a clearer message: it names the branch that is wrong")
def test_branches(compare, probes):
    """Each branch computes what its layers say."""
    compare(probes.inception_branches)


@pytest.mark.public
@pytest.mark.points(0.5)
@pytest.mark.kept("a clearer message: it names the convolution with the wrong window or channels")
def test_windows(compare, probes):
    """The convolutions have the channels and the windows asked for: 1×1, 3×3 and a true 5×5."""
    compare(probes.inception_parts, calls=1)


@pytest.mark.points(0.25)
@pytest.mark.kept("the contract promises that height and width are kept, small ones too")
def test_any_size(compare, probes):
    """Height and width are kept, whatever they are."""
    compare(probes.inception_values, shape=(2, 3, 1, 1))
    compare(probes.inception_values, shape=(1, 3, 3, 8))
    compare(probes.inception_values, shape=(1, 3, 7, 2))


@pytest.mark.points(0.5)
@pytest.mark.kept("a clearer message: it tells a wrong use of the batch from a wrong formula")
def test_training(compare, probes):
    """In training, every branch normalises the batch and moves its running averages."""
    compare(probes.inception_values, mode="training")


@pytest.mark.public
@pytest.mark.points(0.5)
@pytest.mark.kept("the contract says that all branches learn: a cut gradient would show only here")
def test_gradients(compare, probes):
    """Gradients reach the input and every convolution."""
    compare(probes.inception_gradients)


@pytest.mark.points(0.25)
@pytest.mark.kept("the contract promises any floating dtype")
def test_float32(compare, probes):
    """It works in float32 too."""
    compare(probes.inception_values, dtype="float32")


@pytest.mark.points(0.25)
def test_placement(compare, probes):
    """It works on the device of its parameters and its input."""
    compare(probes.inception_values, device="cuda")
    compare(probes.inception_gradients, device="cuda")
