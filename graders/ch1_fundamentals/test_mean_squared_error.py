import pytest

pytestmark = pytest.mark.exercise("mean_squared_error")


@pytest.mark.public
@pytest.mark.core
@pytest.mark.points(1)
@pytest.mark.kept("the plain case: its message says what is wrong in general")
@pytest.mark.hint("Work it out by hand for a prediction of [1., 2.] and a target of [3., 2.], and compare.")
@pytest.mark.rests_on(
    "the mean of the squared differences, a 0-dim tensor, differentiable with respect to prediction",
    "any shape with at least one entry",
    "It leaves its arguments unchanged",
    "depends on its arguments, not on the calls before",
)
def test_values_and_gradient(compare, probes):
    """It is the mean of the squared differences, a 0-dim tensor, for any shape, and it is differentiable."""
    compare(probes.mse_values)
    compare(probes.mse_values, shape=())
    compare(probes.mse_values, shape=(2, 4, 3), view=", a transposed view")


@pytest.mark.public
@pytest.mark.points(0.5)
@pytest.mark.hint("Print the shape of `prediction - target` for shapes (5, 1) and (5,).")
@pytest.mark.rests_on("Raises ValueError if the shapes differ", "any ValueError is right")
def test_unequal_shapes(rejects, probes):
    """Shapes that differ are refused, even those that would broadcast."""
    rejects(probes.mse_of_unequal_shapes)
    rejects(probes.mse_of_unequal_shapes, left=(2, 3), right=(3, 2))


@pytest.mark.points(0.25)
@pytest.mark.rests_on("takes any floating dtype", "has their dtype")
def test_dtypes(compare, probes):
    """It keeps the dtype of its inputs."""
    for dtype in ("float32", "float16", "bfloat16"):
        compare(probes.mse_values, dtype=dtype, then="")


@pytest.mark.points(0.25)
@pytest.mark.rests_on("works on the device of the tensors it is given")
def test_placement(recompare):
    """It works on the device of its inputs."""
    recompare(device="cuda")
