import pytest

pytestmark = pytest.mark.exercise("mean_squared_error")


@pytest.mark.public
@pytest.mark.points(1)
def test_values_and_gradient(compare, probes):
    """It is the mean of the squared differences, a 0-dim tensor, for any shape, and it is differentiable."""
    compare(probes.mse_values)
    compare(probes.mse_values, shape=())
    compare(probes.mse_values, shape=(2, 4, 3), transposed=True)


@pytest.mark.public
@pytest.mark.points(0.5)
def test_unequal_shapes(rejects, probes):
    """Shapes that differ are refused, even those that would broadcast."""
    rejects(probes.mse_of_unequal_shapes)
    rejects(probes.mse_of_unequal_shapes, left=(2, 3), right=(3, 2))


@pytest.mark.points(0.25)
def test_float32(compare, probes):
    """It keeps the dtype of its inputs."""
    compare(probes.mse_values, dtype="float32", grads=False)


@pytest.mark.points(0.25)
def test_placement(compare, probes):
    """It works on the device of its inputs."""
    compare(probes.mse_values, device="cuda", grads=False)
