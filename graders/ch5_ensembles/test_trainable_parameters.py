import pytest

pytestmark = pytest.mark.exercise("trainable_parameters")


@pytest.mark.public
@pytest.mark.points(1)
def test_frozen_ones_left_out(compare, probes):
    """Parameters that do not require grad are not in the list; all others are."""
    compare(probes.trainable_some, calls=1)


@pytest.mark.public
@pytest.mark.points(1)
def test_each_once(compare, probes):
    """A parameter that stands at two places is in the list once."""
    compare(probes.trainable_shared, calls=1)


@pytest.mark.points(0.75)
def test_all(compare, probes):
    """Where everything is trainable, everything is in the list."""
    compare(probes.trainable_all, calls=1)


@pytest.mark.points(0.5)
def test_none(compare, probes):
    """Where nothing is trainable, the list is empty."""
    compare(probes.trainable_none, calls=1)


@pytest.mark.points(0.75)
def test_as_it_is_now(compare, probes):
    """The list tells what requires grad now, with or without a gradient, and changes nothing."""
    compare(probes.trainable_changes, calls=1)
