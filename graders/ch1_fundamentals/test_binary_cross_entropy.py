import pytest

pytestmark = pytest.mark.exercise("binary_cross_entropy")


@pytest.mark.public
@pytest.mark.points(0.75)
def test_values_and_gradient(compare, probes):
    """It is the mean cross-entropy, for targets anywhere in [0, 1] and for any shape, and it is differentiable."""
    compare(probes.bce_values)
    compare(probes.bce_values, hard=True)
    compare(probes.bce_values, shape=())
    compare(probes.bce_values, shape=(2, 4, 3), transposed=True)


@pytest.mark.points(0.5)
def test_clamped_logs(compare, probes):
    """Each log is clamped at −100: the loss is finite at 0 and 1, and exact close to them."""
    compare(probes.bce_edges)


@pytest.mark.public
@pytest.mark.points(0.25)
def test_unequal_shapes(rejects, probes):
    """Shapes that differ are refused, even those that would broadcast."""
    rejects(probes.bce_of_unequal_shapes)
    rejects(probes.bce_of_unequal_shapes, left=(2, 3), right=(3, 2))


@pytest.mark.points(0.25)
def test_float32(compare, probes):
    """It keeps the dtype of its inputs."""
    compare(probes.bce_values, dtype="float32", grads=False)


@pytest.mark.points(0.25)
def test_placement(compare, probes):
    """It works on the device of its inputs."""
    compare(probes.bce_values, device="cuda", grads=False)
