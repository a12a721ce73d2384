import pytest

pytestmark = pytest.mark.exercise("train_epoch")


@pytest.mark.public
@pytest.mark.points(1.25)
@pytest.mark.kept("the plain case: its message says what is wrong in general")
def test_one_pass(compare, probes):
    """It takes one step per batch on the batch's mean cross-entropy, and returns the mean loss per sample."""
    compare(probes.epoch, sizes=(4, 4, 4))
    compare(probes.epoch, sizes=(6,), momentum=0.0)


@pytest.mark.public
@pytest.mark.points(0.75)
def test_smaller_batches(compare, probes):
    """Every sample counts the same in the mean loss, even if batches differ in size."""
    compare(probes.epoch, sizes=(5, 5, 2))
    compare(probes.epoch, sizes=(2, 7, 3, 3))


@pytest.mark.points(0.5)
def test_train_mode(compare, probes):
    """The model is in train mode, whatever mode it was in before."""
    compare(probes.epoch, start="evaluation")


@pytest.mark.points(0.5)
def test_gradients_are_cleared(compare, probes):
    """Gradients left over from before play no part."""
    compare(probes.epoch_stale)


@pytest.mark.points(0.5)
@pytest.mark.kept("the contract promises any iterable of batches")
def test_any_iterable(compare, probes):
    """Batches may come from any iterable: a list, a generator, a DataLoader that drops samples."""
    compare(probes.epoch_of_a_generator)
    compare(probes.epoch_of_a_loader)


@pytest.mark.public
@pytest.mark.points(0.5)
def test_placement(compare, probes):
    """Batches are moved to the device."""
    compare(probes.epoch, device="cuda")
