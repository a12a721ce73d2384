import pytest

pytestmark = pytest.mark.exercise("StackedEnsemble")


@pytest.mark.public
@pytest.mark.points(1)
def test_values(compare, probes):
    """forward applies head to the members' logits, side by side in the members' order."""
    compare(probes.stacked_values)
    compare(probes.stacked_values, count=1, mode="evaluation", samples=1)
    compare(probes.stacked_values, dtype="float32")
    compare(probes.stacked_values_of_images)


@pytest.mark.points(0.5)
def test_head(compare, probes):
    """head is an nn.Linear(M · num_classes, num_classes) that learns."""
    compare(probes.stacked_head, calls=1)
    compare(probes.stacked_head, count=3, classes=2, calls=1)


@pytest.mark.public
@pytest.mark.points(1)
@pytest.mark.kept("a clearer message: it says which part of a member still moves")
def test_only_the_head_learns(compare, probes):
    """Every member is frozen, in parameters, old gradients, mode and buffers; training moves the head alone."""
    compare(probes.stacked_frozen, calls=1)


@pytest.mark.public
@pytest.mark.points(0.5)
def test_gradients(compare, probes):
    """Gradients flow through the members to the input."""
    compare(probes.stacked_gradients)


@pytest.mark.points(0.25)
def test_members_are_parts(compare, probes):
    """parameters(), state_dict() and to() reach the members."""
    compare(probes.stacked_reached)


@pytest.mark.points(0.5)
@pytest.mark.kept("what stacking is for, on trained networks; correct stacking always passes")
def test_accuracy(reaches, probes):
    """Stacked, three different networks do nearly as well as the best of them, or better."""
    reaches(probes.stacked_gain, "gain")


@pytest.mark.points(0.25)
@pytest.mark.kept("the rule that a network works on its input's device; a forward that creates no tensors obeys it")
def test_placement(compare, probes):
    """It works on the device of its members and its input."""
    compare(probes.stacked_values, device="cuda")
