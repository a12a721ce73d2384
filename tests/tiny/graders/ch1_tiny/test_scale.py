import pytest

from torchdojo.grading import expect

pytestmark = pytest.mark.exercise("Scale")


@pytest.mark.public
@pytest.mark.points(1)
@pytest.mark.rests_on("Return factor · x", "Multiply by a factor")
def test_values(compare, probes):
    """It multiplies."""
    compare(probes.scaled)


@pytest.mark.points(0.5)
@pytest.mark.rests_on("factor · x")
def test_shape(observe, probes):
    """It keeps the shape."""
    y = observe(probes.scaled)["y"]
    expect(tuple(y.shape) == (2, 2), expected="shape (2, 2)", got=f"shape {tuple(y.shape)}")
