import numpy
import pytest
import torch
import torch.nn.functional as F

from .adapters import run_cross_entropy, run_gradient_clipping, run_linear, run_softmax


@pytest.fixture
def in_embeddings():
    torch.manual_seed(4)
    return torch.randn(4, 12, 16)


def test_linear(in_embeddings):
    torch.manual_seed(1)
    weights = torch.randn(32, 16)
    output = run_linear(d_in=16, d_out=32, weights=weights, in_features=in_embeddings)
    numpy.testing.assert_allclose(output.detach().numpy(), F.linear(in_embeddings, weights).numpy(), atol=1e-5)


def test_softmax_matches_pytorch():
    x = torch.tensor([[0.4655, 0.8303, 0.9608], [0.9656, 0.6840, 0.2583]])
    expected = F.softmax(x, dim=-1)
    numpy.testing.assert_allclose(run_softmax(x, dim=-1).detach().numpy(), expected.numpy(), atol=1e-6)
    # Adding a constant changes nothing, and must overflow nowhere.
    numpy.testing.assert_allclose(run_softmax(x + 100, dim=-1).numpy(), expected.numpy(), atol=1e-5)


def test_cross_entropy():
    torch.manual_seed(0)
    inputs = torch.rand(2, 4, 5)
    targets = torch.tensor([[1, 0, 2, 2], [4, 1, 4, 0]])
    expected = F.cross_entropy(inputs.view(-1, 5), targets.view(-1))
    numpy.testing.assert_allclose(
        run_cross_entropy(inputs.view(-1, 5), targets.view(-1)).numpy(), expected.numpy(), atol=1e-4
    )
    large = 1000.0 * inputs
    numpy.testing.assert_allclose(
        run_cross_entropy(large.view(-1, 5), targets.view(-1)).numpy(),
        F.cross_entropy(large.view(-1, 5), targets.view(-1)).numpy(),
        atol=1e-4,
    )


def test_clip_gradients():
    tensors = [torch.randn(5, 5) for _ in range(6)]
    max_norm = 1e-2
    t1 = tuple(torch.nn.Parameter(torch.clone(t)) for t in tensors)
    t1[-1].requires_grad_(False)
    torch.cat(t1).sum().backward()
    torch.nn.utils.clip_grad_norm_(t1, max_norm)
    expected = [torch.clone(t.grad) for t in t1 if t.grad is not None]

    t2 = tuple(torch.nn.Parameter(torch.clone(t)) for t in tensors)
    t2[-1].requires_grad_(False)
    torch.cat(t2).sum().backward()
    run_gradient_clipping(t2, max_norm)
    clipped = [torch.clone(t.grad) for t in t2 if t.grad is not None]
    assert len(expected) == len(clipped)
    for known, got in zip(expected, clipped, strict=True):
        numpy.testing.assert_allclose(known.numpy(), got.numpy(), atol=1e-6)
