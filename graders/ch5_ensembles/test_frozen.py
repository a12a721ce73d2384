import pytest

pytestmark = pytest.mark.exercise("Frozen")


@pytest.mark.public
@pytest.mark.points(0.75)
@pytest.mark.kept("a clearer message: its output, before what trains around it")
def test_in_evaluation(compare, probes):
    """It returns what the module returns in evaluation mode; buffers, such as running averages, never change."""
    compare(probes.frozen_output)
    compare(probes.frozen_output, samples=1)
    compare(probes.frozen_output, dtype="float32")


@pytest.mark.public
@pytest.mark.points(0.5)
def test_parameters(compare, probes):
    """No parameter of the module requires grad."""
    compare(probes.frozen_parameters, calls=1)


@pytest.mark.points(0.5)
def test_old_gradients(compare, probes):
    """Gradients from before are dropped, so that no optimizer moves anything."""
    compare(probes.frozen_stale)


@pytest.mark.public
@pytest.mark.points(1)
def test_stays_in_evaluation(compare, probes):
    """The wrapper and everything inside stay in evaluation mode, even if train() is called on it or on a parent."""
    compare(probes.frozen_mode, calls=1)


@pytest.mark.public
@pytest.mark.points(0.5)
def test_gradients_flow_through(compare, probes):
    """Gradients flow through it to its input."""
    compare(probes.frozen_gradients)


@pytest.mark.points(0.5)
@pytest.mark.kept("a clearer message: it says that a copy was made, or that the module is not registered")
def test_the_very_module(compare, probes):
    """It holds the module it was given, not a copy, as a registered submodule."""
    compare(probes.frozen_very_module)


@pytest.mark.points(0.25)
@pytest.mark.kept("the rule that a network works on its input's device; a wrapper that creates no tensors obeys it")
def test_placement(compare, probes):
    """It works on the device of the module and its input."""
    compare(probes.frozen_output, device="cuda")
