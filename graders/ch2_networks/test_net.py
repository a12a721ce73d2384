import pytest

pytestmark = pytest.mark.exercise("Net")


@pytest.mark.public
@pytest.mark.points(1)
@pytest.mark.kept("a clearer message: the plain case by itself, before sizes and gradients")
def test_values(compare, probes):
    """Net computes the logits layer by layer, as in the table."""
    compare(probes.net_values)
    compare(probes.net_values, samples=1, num_classes=2, mode="evaluation")


@pytest.mark.public
@pytest.mark.points(0.75)
def test_layers(compare, probes):
    """conv1, conv2, fc1, fc2 and fc3 have the sizes in the table, and nothing else has parameters."""
    compare(probes.net_parts, calls=1)


@pytest.mark.points(0.25)
def test_defaults(compare, probes):
    """num_classes defaults to 10."""
    compare(probes.net_defaults, calls=1)


@pytest.mark.points(0.5)
@pytest.mark.kept("the contract says that every layer learns: a cut gradient would show here")
def test_gradients(compare, probes):
    """Gradients reach the input and every layer."""
    compare(probes.net_gradients)


@pytest.mark.points(0.25)
def test_float32(compare, probes):
    """It works in float32 too."""
    compare(probes.net_values, dtype="float32")


@pytest.mark.points(0.25)
def test_placement(compare, probes):
    """It works on the device of its parameters and its input."""
    compare(probes.net_values, device="cuda")
    compare(probes.net_gradients, device="cuda")
