import pytest

pytestmark = pytest.mark.exercise("binary_cross_entropy")


@pytest.mark.public
@pytest.mark.core
@pytest.mark.points(0.75)
@pytest.mark.hint(
    "Compare your loss with `torch.nn.functional.binary_cross_entropy` on `torch.rand(6)` and targets of "
    "`torch.rand(6)`."
)
@pytest.mark.rests_on(
    "the mean binary cross-entropy, a 0-dim tensor",
    "any shape with at least one entry",
    "target: the same shape, anything in [0, 1]",
    "Differentiable with respect to prediction",
    "It leaves its arguments unchanged",
    "depends on its arguments, not on the calls before",
)
def test_values_and_gradient(compare, probes):
    """It is the mean cross-entropy, for targets anywhere in [0, 1] and for any shape, and it is differentiable."""
    compare(probes.bce_values)
    compare(probes.bce_values, targets="0 or 1")
    compare(probes.bce_values, shape=())
    compare(probes.bce_values, shape=(2, 4, 3), view=", a transposed view")


@pytest.mark.points(0.5)
@pytest.mark.rests_on(
    "each log is clamped at −100", "probabilities from 0 to 1, both included", "takes any floating dtype"
)
def test_clamped_logs(compare, probes):
    """Each log is clamped at −100: the loss is finite at 0 and 1, exact close to them, and keeps the dtype."""
    compare(probes.bce_edges)
    compare(probes.bce_edges, dtype="float32")


@pytest.mark.public
@pytest.mark.points(0.25)
@pytest.mark.hint("Call it with shapes (5, 1) and (5,). What comes back, and where should it have stopped?")
@pytest.mark.rests_on("Raises ValueError if the shapes differ", "any ValueError is right")
def test_unequal_shapes(rejects, probes):
    """Shapes that differ are refused, even those that would broadcast."""
    rejects(probes.bce_of_unequal_shapes)
    rejects(probes.bce_of_unequal_shapes, left=(2, 3), right=(3, 2))


@pytest.mark.points(0.25)
@pytest.mark.rests_on("takes any floating dtype", "has their dtype")
def test_dtypes(compare, probes):
    """It keeps the dtype of its inputs."""
    for dtype in ("float32", "float16", "bfloat16"):
        compare(probes.bce_values, dtype=dtype, then="")


@pytest.mark.points(0.25)
@pytest.mark.rests_on("works on the device of the tensors it is given")
def test_placement(recompare):
    """It works on the device of its inputs."""
    recompare(device="cuda")
