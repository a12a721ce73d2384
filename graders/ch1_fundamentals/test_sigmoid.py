import pytest

pytestmark = pytest.mark.exercise("sigmoid")


@pytest.mark.public
@pytest.mark.points(0.75)
def test_values_and_gradient(compare, probes):
    """It is 1 / (1 + exp(−x)), differentiable, for any shape, and leaves x as it was."""
    compare(probes.sigmoid_values)
    compare(probes.sigmoid_values, shape=())
    compare(probes.sigmoid_values, shape=(2, 1, 3))


@pytest.mark.public
@pytest.mark.points(0.5)
def test_far_values(compare, probes):
    """It is right from −80 to 80, and so is its gradient."""
    compare(probes.sigmoid_far)
    compare(probes.sigmoid_values, scale=20.0)


@pytest.mark.points(0.25)
def test_extreme_values(compare, probes):
    """It is 0 and 1, and nothing else, where exp overflows."""
    compare(probes.sigmoid_extreme)
    compare(probes.sigmoid_extreme, dtype="float32")


@pytest.mark.points(0.25)
def test_other_dtypes(compare, probes):
    """It keeps the dtype of x."""
    compare(probes.sigmoid_values, dtype="float32")
    compare(probes.sigmoid_values, dtype="bfloat16")


@pytest.mark.points(0.25)
def test_placement(compare, probes):
    """It works where its input is."""
    compare(probes.sigmoid_values, device="cuda")
