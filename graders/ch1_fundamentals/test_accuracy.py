import pytest

pytestmark = pytest.mark.exercise("accuracy")


@pytest.mark.public
@pytest.mark.points(0.75)
def test_share(compare, probes):
    """It is the share of points classified right, a Python float."""
    compare(probes.accuracy_values)


@pytest.mark.points(0.5)
def test_ties(compare, probes):
    """A probability of exactly 0.5 is class 0."""
    compare(probes.accuracy_ties)


@pytest.mark.points(0.25)
def test_one_point(compare, probes):
    """One point gives 0.0 or 1.0."""
    compare(probes.accuracy_of_one)


@pytest.mark.points(0.25)
def test_float32(compare, probes):
    """It works in float32, and with parameters that do not track gradients."""
    compare(probes.accuracy_values, dtype="float32", grad=False)


@pytest.mark.public
@pytest.mark.points(0.25)
def test_placement(compare, probes):
    """It works where its inputs are."""
    compare(probes.accuracy_values, device="cuda")
