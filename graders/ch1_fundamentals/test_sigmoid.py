import pytest

pytestmark = pytest.mark.exercise("sigmoid")


@pytest.mark.public
@pytest.mark.points(0.75)
@pytest.mark.kept("the plain case: its message says what is wrong in general")
def test_values_and_gradient(compare, probes):
    """It is 1 / (1 + exp(−x)), differentiable, for any shape, and it leaves x unchanged."""
    compare(probes.sigmoid_values)
    compare(probes.sigmoid_values, shape=())
    compare(probes.sigmoid_values, shape=(2, 4, 3), transposed=True)


@pytest.mark.public
@pytest.mark.points(0.75)
def test_far_values(compare, probes):
    """It is right far from 0 too, and so is its gradient from −80 to 80; it is 0 and 1 where exp overflows."""
    compare(probes.sigmoid_far)
    compare(probes.sigmoid_extreme)


@pytest.mark.points(0.25)
def test_other_dtypes(compare, probes):
    """It keeps the dtype of x."""
    compare(probes.sigmoid_values, dtype="float32", grads=False)
    compare(probes.sigmoid_values, dtype="bfloat16", grads=False)


@pytest.mark.points(0.25)
def test_placement(compare, probes):
    """It works on the device of its input."""
    compare(probes.sigmoid_values, device="cuda", grads=False)
