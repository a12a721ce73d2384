"""What is said where tensors are on two devices: the line at fault, and a remedy that runs."""

from __future__ import annotations

import pytest

from torchdojo.explain.code import Code
from torchdojo.explain.placement import explain_placement
from torchdojo.explain.rules import Raised
from torchdojo.source.files import ParsedSource

MIXED = "Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu! (in add)"


def advice(body: str, maker: str = "", signature: str = "x") -> str:
    """Return what is said where a function's first line created the tensor, or nothing is known of that."""
    source = ParsedSource(f"def f({signature}):\n    {body}\n".encode(), "slip.py")
    made_at = [(2, maker)] if maker else []
    return explain_placement(Raised("RuntimeError", MIXED, 2, Code(source), "f"), made_at)


@pytest.mark.parametrize(
    ("body", "remedy"),
    [
        ("return x + torch.zeros(x.shape)", "Write `torch.zeros_like(x)`, or add `device=x.device`."),
        ("p.grad += torch.randn(p.grad.shape, dtype=p.grad.dtype)", "Write `torch.randn_like(p.grad)`, or add"),
        (
            "p.grad += torch.randn(p.grad.shape, generator=g)",
            "creates its tensor on the CPU, but the other tensor is on",
        ),
        ("return torch.zeros(*x.shape[:-1], 3, dtype=x.dtype) + x", "Add `device=x.device` to the call."),
        ("return torch.zeros(x.shape, dtype=torch.long) + x", "Add `device=x.device` to the call."),
        ("return x + torch.full(x.shape, 2)", "Add `device=x.device` to the call."),
        ("return torch.tensor([2]).to(x.dtype) * x", "Add `device=x.device` to the call."),
        ("return torch.tensor([2]) * x", "Add `device=`, with that tensor's device, to the call."),
    ],
)
def test_a_like_is_advised_only_where_it_makes_the_same(body: str, remedy: str) -> None:
    said = advice(body, f"torch.{body.partition('torch.')[2].partition('(')[0]}")
    assert remedy in said
    assert ("_like" in said) == ("_like" in remedy)


@pytest.mark.parametrize(
    ("body", "signature", "said"),
    [
        ("return x.cpu() + x", "x", "`.cpu()` in line 2 moves to the CPU"),
        ("return x.to('cpu') + x", "x", '`.to("cpu")` in line 2 moves to the CPU'),
        ("v = torch.zeros(x.shape[1], 3)\n    v[x] += 1", "x", "`torch.zeros` in line 2 creates its tensor on the CPU"),
        ("return model(x)", "model, x, device", "`inputs.to(device)` returns the moved tensor"),
        ("return model(x)", "model, x", "In line 2, one tensor is on the CPU and another on the GPU."),
    ],
)
def test_the_line_is_searched_for_where_nothing_is_known(body: str, signature: str, said: str) -> None:
    assert said in advice(body, signature=signature)


def test_another_exception_is_left_alone() -> None:
    source = ParsedSource(b"def f(x):\n    return x.cpu() + x\n", "slip.py")
    assert not explain_placement(Raised("RuntimeError", "no", 2, Code(source), "f"), [])
