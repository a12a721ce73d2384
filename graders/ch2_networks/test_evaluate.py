import pytest

pytestmark = pytest.mark.exercise("evaluate")


@pytest.mark.public
@pytest.mark.points(0.75)
@pytest.mark.kept("the plain case: its message says what is wrong in general")
def test_accuracy(compare, probes):
    """evaluate returns the share of samples whose largest logit is that of the label."""
    compare(probes.evaluated, count=20, size=5, training=False)
    compare(probes.evaluated_ends)


@pytest.mark.points(0.5)
def test_smaller_batch(compare, probes):
    """Every sample counts the same, even if the last batch is smaller."""
    compare(probes.evaluated, count=23, size=11, training=False)
    compare(probes.evaluated, count=17, size=8, training=False)


@pytest.mark.points(0.5)
@pytest.mark.kept("a clearer message: it says that the mode is wrong, where others only see a different accuracy")
def test_evaluation_mode(compare, probes):
    """The model runs in evaluation mode, and nothing in it changes."""
    compare(probes.evaluated, training=True)
    compare(probes.evaluated, training=True, count=40, size=8)


@pytest.mark.public
@pytest.mark.points(0.75)
def test_left_as_it_was(compare, probes):
    """No graph is recorded; afterwards model.training and everything else are as they were before."""
    compare(probes.evaluated_mode, training=True)
    compare(probes.evaluated_mode, training=False)


@pytest.mark.public
@pytest.mark.points(0.5)
def test_placement(compare, probes):
    """Batches are moved to the device."""
    compare(probes.evaluated, device="cuda")
