import pytest

pytestmark = pytest.mark.exercise("train")


@pytest.mark.public
@pytest.mark.points(0.75)
@pytest.mark.kept("the plain case: its message says what is wrong in general")
def test_losses_and_parameters(compare, probes):
    """One update per sample, in the order given; each epoch's mean loss, taken before the updates."""
    compare(probes.train_run)
    compare(probes.train_run, n=1, epochs=2, lr=0.5, grad=True)


@pytest.mark.points(0.25)
def test_defaults(compare, probes):
    """Without arguments: 10 epochs, lr 0.1, binary cross-entropy."""
    compare(probes.train_defaults)


@pytest.mark.public
@pytest.mark.points(0.25)
def test_loss_function(compare, probes):
    """It trains on the loss function it is given, called with the prediction and then the target."""
    compare(probes.train_with_loss)
    compare(probes.train_with_loss, loss="lopsided")


@pytest.mark.points(0.5)
@pytest.mark.chance(1e-5)
@pytest.mark.kept("what the course promises, in float32: nearly as good as the Bayes rule")
def test_accuracy(reaches, probes):
    """200 samples and 10 epochs suffice to classify fresh data nearly as well as the Bayes rule."""
    reaches(probes.train_accuracy, "accuracy")


@pytest.mark.points(0.25)
def test_placement(compare, probes):
    """It works on the device of the data and the parameters."""
    compare(probes.train_run, device="cuda", n=4, epochs=1)
