from pathlib import Path

import numpy
import pytest
import torch

from .adapters import get_adamw_cls

SNAPSHOT = Path(__file__).parent / "snapshots" / "adamw.npz"


def _optimize(opt_class, steps=200) -> torch.Tensor:
    torch.manual_seed(42)
    model = torch.nn.Linear(3, 2, bias=False)
    opt = opt_class(model.parameters(), lr=1e-3, weight_decay=0.01, betas=(0.9, 0.999), eps=1e-8)
    for _ in range(steps):
        opt.zero_grad()
        x = torch.rand(model.in_features)
        y_hat = model(x)
        y = torch.tensor([x[0] + x[1], -x[2]])
        loss = ((y - y_hat) ** 2).sum()
        loss.backward()
        opt.step()
    return model.weight.detach()


def test_adamw():
    """Two right implementations may differ a little: the snapshot, or torch's own."""
    actual = _optimize(get_adamw_cls())
    known = torch.from_numpy(numpy.load(SNAPSHOT)["weight"])
    if not torch.allclose(actual, known, atol=1e-4):
        torch.testing.assert_close(actual, _optimize(torch.optim.AdamW), atol=1e-4, rtol=1e-4)


def test_adamw_refuses_a_negative_rate():
    with pytest.raises(ValueError, match="negative"):
        get_adamw_cls()([torch.nn.Parameter(torch.zeros(1))], lr=-1.0)
