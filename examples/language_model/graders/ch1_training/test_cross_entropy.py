import pytest

pytestmark = pytest.mark.exercise("cross_entropy")


@pytest.mark.public
@pytest.mark.core
@pytest.mark.points(1.5)
@pytest.mark.kept("a clearer message: ordinary numbers, where only the formula matters")
@pytest.mark.rests_on(
    "Return the mean of −log softmax(logits)[target]", "the index of the right word for each prediction"
)
def test_value_and_gradient(compare, probes):
    """It is the mean of −log softmax(logits)[target], and differentiable."""
    compare(probes.loss)
    compare(probes.loss, shape=(7, 3))


@pytest.mark.public
@pytest.mark.points(1)
@pytest.mark.rests_on("numbers of any size")
def test_large_numbers(compare, probes):
    """The loss and its gradient are finite and right, however large the logits are."""
    compare(probes.loss_of_large, low=-3000.0, high=3000.0)
    compare(probes.loss_of_large, low=4999.0, high=5000.0)
    compare(probes.loss_of_large, low=-5000.0, high=-4999.0)


@pytest.mark.points(1.5)
@pytest.mark.kept("the contract promises any leading shape and both dtypes")
@pytest.mark.rests_on(
    "logits: (..., vocabulary), float32 or float64",
    "targets: (...), int64",
    "over all predictions, a tensor of shape ()",
)
def test_any_leading_shape(compare, probes):
    """There may be any number of dimensions before the vocabulary; all predictions count alike."""
    compare(probes.loss, shape=(2, 3, 5))
    compare(probes.loss, shape=(5,))
    compare(probes.loss, shape=(2, 1, 3, 5), dtype="float32")
