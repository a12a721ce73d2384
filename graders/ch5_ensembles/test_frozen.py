import pytest

pytestmark = pytest.mark.exercise("Frozen")


@pytest.mark.public
@pytest.mark.points(0.75)
@pytest.mark.kept("a clearer message: what it gives, before what trains around it")
def test_in_evaluation(compare, probes):
    """It gives what the module gives in evaluation mode, and buffers, such as running averages, never change."""
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
    """The wrapper and all inside stay in evaluation mode, whatever train() is called on it or on a parent."""
    compare(probes.frozen_mode, calls=1)


@pytest.mark.public
@pytest.mark.points(0.5)
def test_gradients_flow_through(compare, probes):
    """Gradients flow through it to its input."""
    compare(probes.frozen_gradients)


@pytest.mark.points(0.5)
@pytest.mark.kept("a clearer message: it says that a copy was made, or that the module is no part")
def test_the_very_module(compare, probes):
    """It holds the module it was given, not a copy, as a part."""
    compare(probes.frozen_very_module)


@pytest.mark.points(0.25)
@pytest.mark.kept("the rule that a network works where its input is; a wrapper that makes no tensors keeps it")
def test_placement(compare, probes):
    """It works where the module and its input are."""
    compare(probes.frozen_output, device="cuda")
