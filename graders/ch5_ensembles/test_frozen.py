import pytest

pytestmark = pytest.mark.exercise("Frozen")


@pytest.mark.public
@pytest.mark.points(0.5)
def test_output(compare, probes):
    """It gives what the module gives in evaluation mode."""
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
@pytest.mark.points(0.75)
def test_stays_in_evaluation(compare, probes):
    """The wrapper and all inside stay in evaluation mode, whatever train() is called on it or on a parent."""
    compare(probes.frozen_mode, calls=1)


@pytest.mark.points(0.5)
def test_buffers(compare, probes):
    """Buffers, such as batch norm's running averages, never change in forward."""
    compare(probes.frozen_buffers)


@pytest.mark.public
@pytest.mark.points(0.5)
def test_gradients_flow_through(compare, probes):
    """Gradients flow through it to its input, and not into it."""
    compare(probes.frozen_gradients)


@pytest.mark.points(0.5)
def test_the_very_module(compare, probes):
    """It holds the module it was given, not a copy, as a part."""
    compare(probes.frozen_very_module)


@pytest.mark.points(0.25)
def test_placement(compare, probes):
    """It works where the module and its input are."""
    compare(probes.frozen_output, device="cuda")
    compare(probes.frozen_gradients, device="cuda")
