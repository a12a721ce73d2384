import pytest

pytestmark = pytest.mark.exercise("train_epoch")


@pytest.mark.public
@pytest.mark.core
@pytest.mark.points(1.25)
@pytest.mark.kept("the plain case: its message says what is wrong in general")
@pytest.mark.rests_on(
    "Train for one pass over the batches, in train mode, one step per batch on its mean cross-entropy.",
    "model: (N, …) → logits (N, C)",
    "optimizer: over the model's parameters",
    "a Python float, each batch's loss taken before its step",
    "what a function is given, it leaves as it was",
)
@pytest.mark.hint(
    "For one batch, say what each line does to the gradients and to the parameters, in the order in which they run."
)
def test_one_pass(compare, probes):
    """It takes one step per batch on the batch's mean cross-entropy, and returns the mean loss per sample."""
    compare(probes.epoch, sizes=(4, 4, 4))
    compare(probes.epoch, sizes=(6,), momentum=0.0)


@pytest.mark.public
@pytest.mark.points(0.75)
@pytest.mark.rests_on("the mean loss per sample seen")
@pytest.mark.hint("Take batches of 5, 5 and 2 samples. How much should the loss of each batch count in the mean?")
def test_smaller_batches(compare, probes):
    """Every sample counts the same in the mean loss, even if batches differ in size."""
    compare(probes.epoch, sizes=(5, 5, 2))
    compare(probes.epoch, sizes=(2, 7, 3, 3))
    compare(probes.epoch, sizes=(3, 1, 2, 1), batch_norm=False)


@pytest.mark.points(0.5)
@pytest.mark.rests_on("in train mode, one step per batch", "already on `device`, in train mode or in evaluation mode")
@pytest.mark.hint("Which mode is the model in when it arrives, and which mode do you need?")
def test_train_mode(compare, probes):
    """The model is in train mode, whatever mode it was in before."""
    compare(probes.epoch, start="evaluation")


@pytest.mark.points(0.5)
@pytest.mark.rests_on("gradients that they hold before the call play no part")
@pytest.mark.hint("What is in .grad before your first backward()?")
def test_gradients_are_cleared(compare, probes):
    """Gradients left over from before play no part."""
    compare(probes.epoch_stale)


@pytest.mark.points(0.5)
@pytest.mark.kept("the text promises any iterable of batches")
@pytest.mark.rests_on("any iterable of (inputs, labels) batches, at least one, labels (N,) int64", "per sample seen")
@pytest.mark.hint("What do you ask of the loader, apart from its batches?")
def test_any_iterable(compare, probes):
    """Batches may come from any iterable: a list, a generator, a DataLoader that drops samples."""
    compare(probes.epoch_of_a_generator)
    compare(probes.epoch_of_a_loader)


@pytest.mark.public
@pytest.mark.points(0.5)
@pytest.mark.rests_on("the batches may be on any device, and each is moved to `device`", "device: str | torch.device")
@pytest.mark.hint(
    "`t.to(device)` moves nothing in place: it returns the moved tensor. Two tensors come from the loader."
)
def test_placement(compare, recompare, probes):
    """Batches are moved to the device."""
    recompare(device="cuda")
    compare(probes.epoch_to_the_cpu, device="cuda")
