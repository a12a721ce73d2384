import pytest

pytestmark = pytest.mark.exercise("evaluate")


@pytest.mark.public
@pytest.mark.core
@pytest.mark.points(0.75)
@pytest.mark.kept("the plain case: its message says what is wrong in general")
@pytest.mark.rests_on(
    "Return the share of samples that the model classifies correctly, a Python float in [0, 1].",
    "(N, …) → logits (N, C)",
    "loader: batches of (inputs, labels), at least one",
    "the share of images whose largest logit is that of the right class",
)
@pytest.mark.hint(
    "Work out one batch by hand: which class has the largest logit in each row, and how many of them are right?"
)
def test_accuracy(compare, probes):
    """evaluate returns the share of samples whose largest logit is that of the label."""
    compare(probes.evaluated, count=20, size=5, start="evaluation")
    compare(probes.evaluated_ends)


@pytest.mark.points(0.5)
@pytest.mark.rests_on("the share of samples", "count images, not batches")
@pytest.mark.hint("Take a batch of 11 samples and a last one of 1. How much should each sample count?")
def test_smaller_batch(compare, probes):
    """Every sample counts the same, even if the last batch is smaller.

    Of the shares that 97 samples can have, nearly none comes back as a whole number when it is times 97 in float32.
    """
    compare(probes.evaluated, count=23, size=11, start="evaluation")
    compare(probes.evaluated, count=17, size=8, start="evaluation")
    compare(probes.evaluated, count=388, size=97, start="evaluation")


@pytest.mark.points(0.5)
@pytest.mark.kept("a clearer message: it says that the mode is wrong, where others only see a different accuracy")
@pytest.mark.rests_on("Runs in evaluation mode", "Measuring must not change anything")
@pytest.mark.hint("Which layers behave differently in training, and which call tells all of them?")
def test_evaluation_mode(compare, probes):
    """The model runs in evaluation mode, and nothing in it changes."""
    compare(probes.evaluated, start="training")
    compare(probes.evaluated, start="training", count=40, size=8)
    compare(probes.evaluated_mixed)
    compare(probes.evaluated_mixed, start="training")


@pytest.mark.public
@pytest.mark.guessable
@pytest.mark.points(0.75)
@pytest.mark.rests_on(
    "records no graph",
    "Afterwards the model and all its submodules are in the mode that they were in, train or evaluation",
    "Parameters, their gradients, buffers, and whether autograd is on are as they were, too.",
)
@pytest.mark.hint(
    "List what your function switches. Is each of these as it was when you return, whatever it was before?"
)
def test_left_as_it_was(compare, probes):
    """No graph is recorded; afterwards the modes, autograd and all else are as they were before."""
    compare(probes.evaluated_mode, start="training")
    compare(probes.evaluated_mode, start="evaluation")
    compare(probes.evaluated_mode, autograd="off")


@pytest.mark.public
@pytest.mark.points(0.5)
@pytest.mark.rests_on("already on `device`", "they may be on any device, and each is moved to `device`")
@pytest.mark.hint(
    "`t.to(device)` moves nothing in place: it returns the moved tensor. Two tensors come from the loader."
)
def test_placement(compare, recompare, probes):
    """Batches are moved to the device."""
    recompare(device="cuda")
    compare(probes.evaluated_on_the_cpu, device="cuda")
