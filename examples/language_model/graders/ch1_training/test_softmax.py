import pytest

pytestmark = pytest.mark.exercise("softmax")


@pytest.mark.public
@pytest.mark.core
@pytest.mark.points(1.5)
@pytest.mark.kept("a clearer message: ordinary numbers, where only the formula matters")
@pytest.mark.rests_on(
    "Return exp(x), divided by its sum along one dimension", "the dimension along which the result adds up to 1"
)
def test_values_and_gradient(compare, probes):
    """It is exp(x), divided by its sum along a dimension, and differentiable."""
    for dim in (0, 1, -1):
        compare(probes.softmax_values, dim=dim)


@pytest.mark.public
@pytest.mark.points(0.5)
@pytest.mark.rests_on("numbers of any size", "scores along another row have a largest one of")
def test_large_numbers(compare, probes):
    """It is right where exp(x) overflows, and where all of a row's exp(x) are 0."""
    compare(probes.softmax_large)


@pytest.mark.points(0.5)
@pytest.mark.kept("the contract promises masked scores")
@pytest.mark.rests_on("also minus infinity, but not along a whole row", "Its probability is 0")
def test_masked(compare, probes):
    """A score of minus infinity gets the probability 0."""
    compare(probes.softmax_masked)


@pytest.mark.points(0.5)
@pytest.mark.kept("the contract promises any shape and both dtypes")
@pytest.mark.rests_on(
    "with the shape and dtype of x", "any shape but (), float32 or float64", "negative ones count from the end"
)
def test_shapes_and_dtypes(compare, probes):
    """It takes any shape, any dimension and both dtypes."""
    compare(probes.softmax_values, shape=(5,), dim=0)
    compare(probes.softmax_values, shape=(2, 3, 4), dim=-2)
    compare(probes.softmax_values, shape=(2, 3, 4), dim=-1, dtype="float32")
