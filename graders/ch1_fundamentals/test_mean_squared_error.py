import pytest

pytestmark = pytest.mark.exercise("mean_squared_error")


@pytest.mark.public
@pytest.mark.points(0.75)
def test_values_and_gradient(compare, probes):
    """It is the mean of the squared differences, without a dimension, and differentiable."""
    compare(probes.mse_values)


@pytest.mark.points(0.25)
def test_any_shape(compare, probes):
    """Any shape will do, as long as both have it."""
    compare(probes.mse_values, shape=(2, 3))
    compare(probes.mse_values, shape=())
    compare(probes.mse_values, shape=(1,))


@pytest.mark.public
@pytest.mark.points(0.5)
def test_unequal_shapes(rejects, probes):
    """Shapes that differ are refused, also those that would broadcast."""
    for left, right in (((5, 1), (5,)), ((3,), (1,)), ((), (1,)), ((2, 3), (3, 2))):
        rejects(
            probes.loss_of_unequal_shapes,
            names=("prediction", "target"),
            loss="mean_squared_error",
            left=left,
            right=right,
        )


@pytest.mark.points(0.25)
def test_float32(compare, probes):
    """It keeps the dtype of its inputs."""
    compare(probes.mse_values, dtype="float32")


@pytest.mark.points(0.25)
def test_placement(compare, probes):
    """It works where its inputs are."""
    compare(probes.mse_values, device="cuda")
