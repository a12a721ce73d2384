import pytest

pytestmark = pytest.mark.exercise("sigmoid")


@pytest.mark.public
@pytest.mark.core
@pytest.mark.points(0.75)
@pytest.mark.kept("the plain case: its message says what is wrong in general")
@pytest.mark.hint(
    "Work out sigmoid(0) and sigmoid(2) with a pocket calculator, and compare; then look at `x.grad` after "
    "`y.sum().backward()`."
)
@pytest.mark.rests_on(
    "Return 1 / (1 + exp(−x)), elementwise and differentiable",
    "x: any shape, also () and (0, 3)",
    "It leaves its arguments unchanged",
    "depends on its arguments, not on the calls before",
)
def test_values_and_gradient(compare, probes):
    """It is 1 / (1 + exp(−x)), differentiable, for any shape, and it leaves x unchanged."""
    compare(probes.sigmoid_values)
    compare(probes.sigmoid_values, shape=())
    compare(probes.sigmoid_values, shape=(0, 3))
    compare(probes.sigmoid_values, shape=(2, 4, 3), view=", a transposed view")


@pytest.mark.public
@pytest.mark.points(0.75)
@pytest.mark.hint(
    "Print what your function, and each part of its formula, gives for `torch.tensor([-1000., 0., 1000.])`."
)
@pytest.mark.rests_on("The value is right for every x, the gradient for x between −80 and 80")
def test_far_values(compare, probes):
    """It is right far from 0 too, and so is its gradient from −80 to 80; it is 0 and 1 where exp overflows."""
    compare(probes.sigmoid_far)
    compare(probes.sigmoid_extreme)


@pytest.mark.points(0.25)
@pytest.mark.rests_on("takes any floating dtype", "has their dtype")
def test_other_dtypes(compare, probes):
    """It keeps the dtype of x."""
    for dtype in ("float32", "float16", "bfloat16"):
        compare(probes.sigmoid_values, dtype=dtype, then="")


@pytest.mark.points(0.25)
@pytest.mark.rests_on("works on the device of the tensors it is given")
def test_placement(recompare):
    """It works on the device of its input."""
    recompare(device="cuda")
