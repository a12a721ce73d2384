import pytest

pytestmark = pytest.mark.exercise("RMSNorm")


@pytest.mark.public
@pytest.mark.core
@pytest.mark.points(1.5)
@pytest.mark.kept("a clearer message: ordinary numbers, where only the formula matters")
@pytest.mark.rests_on("Divide each vector of features by its root mean square, and multiply it by a weight")
def test_values_and_gradients(compare, probes):
    """Each vector is divided by its root mean square and multiplied by the weight, and gradients are right."""
    compare(probes.norm)
    compare(probes.norm, shape=(4, 4))


@pytest.mark.points(0.75)
@pytest.mark.rests_on("added to the mean square, inside the root")
def test_eps(compare, probes):
    """eps is added to the mean square, inside the root."""
    compare(probes.norm, eps=0.5)
    compare(probes.norm, eps=1e-6, scale=1e-3)


@pytest.mark.points(0.5)
@pytest.mark.kept("the contract promises any leading shape")
@pytest.mark.rests_on("features: the size of the last dimension of x", "x: (..., features)")
def test_any_leading_shape(compare, probes):
    """It takes any number of dimensions before the features."""
    compare(probes.norm, features=3, shape=(2, 5, 3))
    compare(probes.norm, features=6, shape=(6,), dtype="float32")


@pytest.mark.points(0.75)
@pytest.mark.rests_on(
    "with the shape and dtype of x", "any floating dtype", "float16 and bfloat16 are computed in float32"
)
def test_half(compare, probes):
    """float16 and bfloat16 are computed in float32 and returned as they came."""
    compare(probes.norm_in_half)
    compare(probes.norm_in_half, dtype="bfloat16")


@pytest.mark.public
@pytest.mark.guessable
@pytest.mark.kept("a clearer message: the parameter as it is at the start")
@pytest.mark.points(0.5)
@pytest.mark.rests_on("Make the parameter `weight`, one number per feature, each 1 at the start", "eps: float = 1e-5")
def test_start(compare, probes):
    """Its one parameter is `weight`, a one per feature; eps is 1e-5 unless given."""
    compare(probes.norm_at_the_start)
    compare(probes.norm_at_the_start, features=7)
