import pytest

pytestmark = pytest.mark.exercise("predict")


@pytest.mark.public
@pytest.mark.points(1)
def test_values(compare, probes):
    """It gives each point's probability of class 1, shape (N,), differentiable with respect to weights and bias."""
    compare(probes.predicted)
    compare(probes.predicted, n=2, transposed=True)
    compare(probes.predicted, n=32, scale=64.0)


@pytest.mark.public
@pytest.mark.points(0.5)
def test_one_point(compare, probes):
    """A single point gives shape (1,), not a 0-dim tensor."""
    compare(probes.predicted, n=1, grads=False)


@pytest.mark.points(0.25)
def test_float32(compare, probes):
    """It keeps the dtype of its inputs."""
    compare(probes.predicted, dtype="float32", grads=False)


@pytest.mark.points(0.25)
def test_placement(compare, probes):
    """It works on the device of its inputs."""
    compare(probes.predicted, device="cuda", grads=False)
