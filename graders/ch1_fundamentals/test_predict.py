import pytest

pytestmark = pytest.mark.exercise("predict")


@pytest.mark.public
@pytest.mark.points(0.75)
def test_values(compare, probes):
    """It gives each point's probability of class 1, shape (N,)."""
    compare(probes.predicted)


@pytest.mark.public
@pytest.mark.points(0.5)
def test_one_point(compare, probes):
    """One point gives shape (1,), not a number without a dimension."""
    compare(probes.predicted, n=1)


@pytest.mark.points(0.25)
def test_two_points(compare, probes):
    """Two points are two points, not the two coordinates."""
    compare(probes.predicted, n=2)


@pytest.mark.points(0.25)
def test_float32(compare, probes):
    """It keeps the dtype of its inputs."""
    compare(probes.predicted, dtype="float32")


@pytest.mark.public
@pytest.mark.points(0.25)
def test_placement(compare, probes):
    """It works where its inputs are."""
    compare(probes.predicted, device="cuda")
