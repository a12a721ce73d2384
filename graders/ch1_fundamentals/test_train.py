import pytest

pytestmark = pytest.mark.exercise("train")


@pytest.mark.public
@pytest.mark.core
@pytest.mark.points(0.5)
@pytest.mark.kept("the plain case: its message says what is wrong in general")
@pytest.mark.hint("Follow two samples by hand: print each loss, and the weights before and after each step.")
@pytest.mark.rests_on(
    "Train by plain SGD, one update per sample, samples in the order given",
    "weights (2, 1) and bias (1,) are made to require grad if they do not yet, and are updated in place",
    "Returns a list of the mean loss of each epoch, Python floats, each sample's loss taken before its update",
    "It leaves its arguments unchanged",
    "It leaves torch's settings unchanged too",
    "takes any floating dtype",
    "depends on its arguments, not on the calls before",
)
def test_losses_and_parameters(compare, probes):
    """One update per sample, in the order given; each epoch's mean loss, taken before the updates."""
    compare(probes.train_run)
    compare(probes.train_run, n=4, epochs=1, grad=True, dtype="float32")


@pytest.mark.points(0.25)
@pytest.mark.rests_on(
    "weights (2, 1) and bias (1,) are made to require grad if they do not yet",
    "data: (N, 2), N ≥ 1; labels: (N,); epochs: 0 or more",
)
def test_any_start(compare, probes):
    """It makes weights and bias require grad if they do not yet, even with 0 epochs; one sample is enough."""
    compare(probes.train_run, n=1, epochs=2, lr=0.5, grad=True)
    compare(probes.train_run, n=4, epochs=1, grad=(True, False))
    compare(probes.train_run, n=4, epochs=0)


@pytest.mark.points(0.25)
@pytest.mark.rests_on("epochs: int = 10, lr: float = 0.1", "= binary_cross_entropy, ) -> list[float]")
def test_defaults(compare, probes):
    """Without arguments: 10 epochs, lr 0.1, binary cross-entropy."""
    compare(probes.train_defaults)
    compare(probes.train_defaults, loss=", loss_fn=…), where loss_fn(p, y) is the mean of −log(1 − |p − y|")


@pytest.mark.public
@pytest.mark.points(0.25)
@pytest.mark.hint("Which loss function is called in your loop, and in which order does it get its two arguments?")
@pytest.mark.rests_on("loss_fn(prediction, target) → 0-dim loss")
def test_loss_function(compare, probes):
    """It trains on the loss function it is given, called with the prediction and then the target."""
    compare(probes.train_with_loss)
    compare(probes.train_with_loss, loss="|p (2 − y) − y|³ + 1")


@pytest.mark.points(0.5)
@pytest.mark.chance(1e-5)
@pytest.mark.kept("what the course promises, in float32: nearly as good as the Bayes rule")
@pytest.mark.rests_on("Train by plain SGD, one update per sample", "The best rule there is, the Bayes rule")
def test_accuracy(reaches, probes):
    """Two epochs on 200 samples suffice to be nearly as good as the Bayes rule, wherever the clouds are."""
    reaches(probes.train_accuracy)


@pytest.mark.points(0.25)
@pytest.mark.rests_on("works on the device of the tensors it is given")
def test_placement(recompare):
    """It works on the device of the data and the parameters."""
    recompare(device="cuda")
