import pytest

pytestmark = pytest.mark.exercise("fit")


@pytest.mark.public
@pytest.mark.points(1)
@pytest.mark.kept("the plain case: its message says what is wrong in general")
def test_values(compare, probes):
    """fit trains with SGD and momentum 0.9, and returns (mean loss, test accuracy) for each epoch."""
    compare(probes.fitted)
    compare(probes.fitted, epochs=1, lr=0.05)


@pytest.mark.points(0.5)
def test_defaults(compare, probes):
    """lr defaults to 0.01 and device to the CPU; the history holds pairs of floats."""
    compare(probes.fitted_by_default)
    compare(probes.fitted_by_default, epochs=5)


@pytest.mark.points(0.75)
@pytest.mark.kept("what the chapter is for: a network that has learnt to see, on real pictures")
def test_accuracy(reaches, probes):
    """A Net trained with make_loader and fit classifies pictures it has not seen."""
    reaches(probes.fitted_accuracy, "accuracy")


@pytest.mark.public
@pytest.mark.points(0.75)
def test_placement(compare, probes):
    """The model is moved to the device, and trained and evaluated there."""
    compare(probes.fitted_moved, device="cuda")
    compare(probes.fitted, device="cuda", epochs=2)
