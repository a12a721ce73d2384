import copy

import pytest
import torch
from torch import nn

pytestmark = pytest.mark.exercise("AdamW")


@pytest.mark.public
@pytest.mark.core
@pytest.mark.points(1)
@pytest.mark.kept("a clearer message: no decay, so only the two means matter")
@pytest.mark.rests_on("Adam with decoupled weight decay", "Update every parameter that has a gradient")
def test_means(compare, probes):
    """Both running means are right, and corrected for their start at 0, step after step."""
    compare(probes.adam_steps, steps=1, options={"weight_decay": 0.0})
    compare(probes.adam_steps, options={"weight_decay": 0.0})
    compare(probes.adam_steps, options={"weight_decay": 0.0, "betas": (0.5, 0.9)}, scale=100.0)


@pytest.mark.public
@pytest.mark.points(1)
@pytest.mark.kept("a clearer message: the decay alone")
@pytest.mark.rests_on("let it shrink the\nweight itself", "Both terms on the right use the $p$ from before the step")
def test_decay(compare, probes):
    """The decay shrinks the weight itself, and never goes through the means."""
    compare(probes.adam_steps)
    compare(probes.adam_steps, options={"weight_decay": 2.0}, scale=100.0)


@pytest.mark.points(0.5)
@pytest.mark.rests_on("eps: float = 1e-8")
def test_eps(compare, probes):
    """eps is added to the root, after the correction, and 1e-8 unless given."""
    compare(probes.adam_steps, options={"eps": 0.25})
    compare(probes.adam_default_eps)


@pytest.mark.points(0.75)
@pytest.mark.rests_on("it does not decay, and its count stays", "two means *and a count*")
def test_missing_gradients(compare, probes):
    """A parameter without a gradient does not decay, and its count of steps stays."""
    compare(probes.adam_missing)
    compare(probes.adam_missing, missing="first")


@pytest.mark.points(0.5)
@pytest.mark.rests_on('dicts with "params" and options of their own')
def test_groups(compare, probes):
    """Each group uses its own options, as they are at each step."""
    compare(probes.adam_groups)


@pytest.mark.points(0.5)
@pytest.mark.guessable
@pytest.mark.rests_on("in place", "The gradients stay as they are")
def test_in_place(compare, probes):
    """Parameters are updated in place, and gradients stay as they are."""
    compare(probes.adam_in_place)


# An ordinary test: the model is here, the learner's optimizer in a process of its own. Such a check needs no probe, and
# knows no mistake by its name. It is the only one that asks for the defaults of lr, betas and weight_decay.
@pytest.mark.points(0.75)
@pytest.mark.rests_on("the numbers of torch.optim.AdamW", "weight_decay: float = 0.01", "lr: float = 1e-3")
def test_as_torch(submission):
    """It takes the same steps as torch.optim.AdamW with a small network, in float64."""
    model = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1)).double()
    twin = copy.deepcopy(model)
    optimizer, other = submission.AdamW(model.parameters()), torch.optim.AdamW(twin.parameters())
    x, y = torch.randn(16, 3, dtype=torch.float64), torch.randn(16, 1, dtype=torch.float64)
    for _ in range(5):
        for network, steps in ((model, optimizer), (twin, other)):
            network.zero_grad()
            nn.functional.mse_loss(network(x), y).backward()
            steps.step()
        for p, expected in zip(model.parameters(), twin.parameters(), strict=True):
            torch.testing.assert_close(p, expected, rtol=1e-6, atol=1e-8)
