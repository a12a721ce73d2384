import pytest
import torch
from torch import nn

pytestmark = pytest.mark.exercise("clip_gradients")


@pytest.mark.public
@pytest.mark.core
@pytest.mark.points(1.5)
@pytest.mark.kept("a clearer message: it says which gradient is too long, or has another direction")
@pytest.mark.rests_on("Scale all gradients", "together they are no longer than `max_norm`", "take no part")
def test_long_gradients(compare, probes):
    """Gradients that are too long together are all scaled by one number; those that are None stay None."""
    compare(probes.clipped, scale=3.0)
    compare(probes.clipped, max_norm=0.01)


@pytest.mark.public
@pytest.mark.points(0.75)
@pytest.mark.rests_on("If it is not above `max_norm`, they stay as they are")
def test_short_gradients(compare, probes):
    """Gradients that are short enough stay as they are, and their length is returned."""
    compare(probes.clipped, max_norm=100.0)


@pytest.mark.kept("a clearer message: it says that a generator was given")
@pytest.mark.points(0.5)
@pytest.mark.rests_on("any iterable, also a generator", "greater than 0")
def test_generator(compare, probes):
    """The parameters may come from a generator, which can be read once."""
    compare(probes.clipped_from_a_generator)


@pytest.mark.points(0.5)
@pytest.mark.guessable
@pytest.mark.rests_on("in place")
def test_in_place(compare, probes):
    """The gradients are the same tensors as before."""
    compare(probes.clipped_in_place)


# Ordinary tests: the model is here, and what the learner's function does to its gradients happens here.
def network_with_gradients() -> nn.Module:
    network = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 1))
    (100 * network(torch.randn(10, 4))).square().mean().backward()
    return network


def length(network: nn.Module) -> float:
    return float(torch.cat([p.grad.flatten() for p in network.parameters()]).norm())


@pytest.mark.points(0.75)
@pytest.mark.rests_on("Return the length that they had before, a tensor of shape ()", "max_norm: float = 1.0")
def test_length(submission):
    """It returns the length from before, and leaves gradients of the length max_norm, which is 1 unless given."""
    network = network_with_gradients()
    before = length(network)
    assert before > 1
    returned = submission.clip_gradients(network.parameters())
    assert returned.shape == ()
    assert float(returned) == pytest.approx(before, rel=1e-5)
    assert length(network) == pytest.approx(1, rel=1e-5)
