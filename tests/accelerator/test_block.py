"""Outside its block the simulated device leaves no trace."""

from __future__ import annotations

import pytest
import torch

from torchdojo.probe.accelerator import simulated_accelerator
from torchdojo.probe.accelerator.api import patches


def raise_with_another_default_device() -> None:
    torch.set_default_device("cuda")
    raise KeyError


def test_everything_is_put_back_even_after_an_error() -> None:
    before = {(where, name): vars(where).get(name) for where, name, _ in patches()}
    available = torch.cuda.is_available()
    with pytest.raises(KeyError), simulated_accelerator():
        raise_with_another_default_device()
    assert [name for (where, name), what in before.items() if vars(where).get(name) is not what] == []
    assert torch.get_default_device().type == "cpu"
    assert torch.cuda.is_available() == available
    assert type(torch.ones(2) + 1) is torch.Tensor


def test_it_can_be_entered_again() -> None:
    for _ in range(3):
        with simulated_accelerator():
            assert torch.ones(2, device="cuda").is_cuda
