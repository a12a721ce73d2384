import pytest

pytestmark = pytest.mark.exercise("fit")


@pytest.mark.public
@pytest.mark.core
@pytest.mark.points(1)
@pytest.mark.kept("the plain case: its message says what is wrong in general")
@pytest.mark.rests_on(
    "train it there with SGD, momentum 0.9, which is kept from epoch to epoch",
    "SGD with momentum 0.9 and nothing else",
    "lr: learning rate",
    "returns a list of tuples (mean loss, test accuracy), both Python floats: one for each epoch, the loss as "
    "train_epoch returns it, the accuracy measured after that epoch",
)
@pytest.mark.hint("Go through your code line by line: what should happen once, and what in every epoch?")
def test_values(compare, probes):
    """fit trains with SGD and momentum 0.9, and returns (mean loss, test accuracy) for each epoch."""
    compare(probes.fitted)
    compare(probes.fitted, epochs=1, lr=0.05)


@pytest.mark.points(0.5)
@pytest.mark.rests_on(
    'lr: float = 0.01, device: str | torch.device = "cpu"', "epochs: passes over train_loader, 0 or more"
)
@pytest.mark.hint("Compare your signature with the stub's, and think of epochs=0.")
def test_defaults(compare, probes):
    """lr defaults to 0.01 and device to the CPU; without an epoch the history is empty."""
    compare(probes.fitted_by_default)
    compare(probes.fitted_by_default, epochs=3)
    compare(probes.fitted_by_default, epochs=0)


@pytest.mark.points(0.75)
@pytest.mark.kept("what the chapter is for: a network that has learnt to see, on real pictures")
@pytest.mark.rests_on("train it there with SGD, momentum 0.9")
def test_accuracy(reaches, probes):
    """A network trained with fit classifies pictures it has not seen."""
    reaches(probes.fitted_accuracy)


@pytest.mark.public
@pytest.mark.points(0.75)
@pytest.mark.rests_on("Move the model to the device and train it there")
@pytest.mark.hint("The batches come to the device. Who brings the model there?")
def test_placement(recompare):
    """The model is moved to the device, and trained and evaluated there."""
    recompare(device="cuda")
