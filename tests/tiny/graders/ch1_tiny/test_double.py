import pytest

pytestmark = pytest.mark.exercise("double")


@pytest.mark.public
@pytest.mark.rests_on("Return twice x")
@pytest.mark.points(0.75)
def test_values(compare, probes):
    """It returns twice x."""
    compare(probes.doubled)


@pytest.mark.points(0.75)
@pytest.mark.rests_on("x: Tensor")
def test_float32(compare, probes):
    """It works in float32."""
    compare(probes.doubled, dtype="float32")


@pytest.mark.points(0.5)
@pytest.mark.rests_on("ValueError if x is empty")
def test_refuses_nothing(rejects, probes):
    """An empty tensor is refused."""
    rejects(probes.double_of_nothing)
