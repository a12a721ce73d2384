import pytest

pytestmark = pytest.mark.exercise("sgd_step")


@pytest.mark.public
@pytest.mark.points(0.75)
def test_three_steps(compare, probes):
    """Each step is p ← p − lr · p.grad, in place, and clears every grad; nothing is returned."""
    compare(probes.steps)
    compare(probes.steps, lr=0.5, dtype="float32")


@pytest.mark.public
@pytest.mark.points(0.5)
@pytest.mark.kept("its message names the mistake that nearly everyone makes")
def test_update_is_not_recorded(compare, probes):
    """The update is not recorded by autograd: p stays a leaf, and the next backward works."""
    compare(probes.step_is_unrecorded)


@pytest.mark.points(0.25)
def test_none_grad_is_skipped(compare, probes):
    """A parameter whose grad is None is left alone."""
    compare(probes.step_without_grad)


@pytest.mark.points(0.25)
def test_any_iterable(compare, probes):
    """The parameters may come from a generator."""
    compare(probes.step_on_iterable)


@pytest.mark.points(0.25)
def test_placement(compare, probes):
    """It works on the device of the parameters."""
    compare(probes.step_on_iterable, device="cuda", kind="a list")
