import pytest

pytestmark = pytest.mark.exercise("accuracy")


@pytest.mark.public
@pytest.mark.points(1)
@pytest.mark.kept("the plain case: its message says what is wrong in general")
def test_share(compare, probes):
    """It is the share of points classified correctly, a Python float; the inputs are left unchanged."""
    compare(probes.accuracy_values)
    compare(probes.accuracy_values, n=50, dtype="float32", grad=False)
    compare(probes.accuracy_of_one)


@pytest.mark.public
@pytest.mark.points(0.75)
def test_ties(compare, probes):
    """A probability of exactly 0.5 is class 0."""
    compare(probes.accuracy_ties)


@pytest.mark.points(0.25)
def test_placement(compare, probes):
    """It works on the device of its inputs."""
    compare(probes.accuracy_values, device="cuda")
