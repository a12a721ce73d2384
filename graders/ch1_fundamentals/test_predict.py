import pytest

pytestmark = pytest.mark.exercise("predict")


@pytest.mark.public
@pytest.mark.core
@pytest.mark.points(1)
@pytest.mark.hint(
    "Print the shape after each step: `x @ weights`, plus the bias, after the sigmoid, and what you return."
)
@pytest.mark.rests_on(
    "the probability of class 1 for each point",
    "x: (N, 2), N ≥ 1; weights: (2, 1); bias: (1,)",
    "Returns shape (N,), differentiable with respect to weights and bias",
    "It leaves its arguments unchanged",
    "depends on its arguments, not on the calls before",
)
def test_values(compare, probes):
    """It gives each point's probability of class 1, shape (N,), differentiable with respect to weights and bias."""
    compare(probes.predicted)
    compare(probes.predicted, n=2, view=", a transposed view")
    compare(probes.predicted, n=32, scale=64.0)


@pytest.mark.public
@pytest.mark.points(0.5)
@pytest.mark.hint("Call it with a single point, `torch.randn(1, 2)`, and print the shape of the result.")
@pytest.mark.rests_on("Returns shape (N,)", "N ≥ 1")
def test_one_point(compare, probes):
    """A single point gives shape (1,), not a 0-dim tensor, and leaves the arguments unchanged."""
    compare(probes.predicted, n=1, then="")


@pytest.mark.points(0.25)
@pytest.mark.rests_on("takes any floating dtype", "has their dtype")
def test_dtypes(compare, probes):
    """It keeps the dtype of its inputs."""
    for dtype in ("float32", "float16", "bfloat16"):
        compare(probes.predicted, dtype=dtype, then="")


@pytest.mark.points(0.25)
@pytest.mark.rests_on("works on the device of the tensors it is given")
def test_placement(recompare):
    """It works on the device of its inputs."""
    recompare(device="cuda")
