"""Probes draw the same numbers whatever a submission has set globally, and nothing that it set stays behind."""

from __future__ import annotations

import contextlib
import random
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from torchdojo.probe import Draw, Probe, settings
from torchdojo.probe.accelerator import simulated_accelerator
from torchdojo.probe.settings import preserve_settings
from torchdojo.worker.protocol import Call, Request
from torchdojo.worker.request_runner import run_request


class OnesForZeros(TorchFunctionMode):
    """A mode that was entered and never left."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return (torch.ones if func is torch.zeros else func)(*args, **(kwargs or {}))


CHANGES: dict[str, Callable[[], Any]] = {
    "default device": lambda: torch.set_default_device("meta"),
    "device context": lambda: torch.device("meta").__enter__(),
    "default dtype": lambda: torch.set_default_dtype(torch.float64),
    "half by default": lambda: torch.set_default_dtype(torch.float16),
    "default tensor type": lambda: torch.set_default_tensor_type(torch.DoubleTensor),
    "no gradients": lambda: torch.set_grad_enabled(False),
    "inference": lambda: KEPT_ALIVE.append(entered(torch.inference_mode())),
    "deterministic": lambda: torch.use_deterministic_algorithms(True),
    "deterministic, warnings": lambda: torch.use_deterministic_algorithms(True, warn_only=True),
    "memory not filled": lambda: setattr(torch.utils.deterministic, "fill_uninitialized_memory", False),
    "anomalies": lambda: torch.autograd.set_detect_anomaly(True, check_nan=False),
    "printing": lambda: torch.set_printoptions(precision=2, threshold=5, sci_mode=True),
    "threads": lambda: torch.set_num_threads(1 if torch.get_num_threads() > 1 else 2),
    "matmul": lambda: torch.set_float32_matmul_precision("medium"),
    "cudnn": lambda: setattr(torch.backends.cudnn, "benchmark", not torch.backends.cudnn.benchmark),
    "tf32": lambda: setattr(torch.backends.cudnn, "allow_tf32", False),
    "closed flags": lambda: (setattr(torch.backends.cudnn, "enabled", False), torch.backends.disable_global_flags()),
    "oneDNN": lambda: setattr(torch.backends.mkldnn, "enabled", False),
    "function mode": lambda: OnesForZeros().__enter__(),
    "warnings": lambda: warnings.simplefilter("error"),
    "numpy's errors": lambda: np.seterr(all="raise"),
    "torch's seed": lambda: torch.manual_seed(1),
    "numpy's seed": lambda: np.random.seed(1),
    "Python's seed": lambda: random.seed(1),
}
KEPT_ALIVE: list[Any] = []


def entered(context: Any) -> Any:
    context.__enter__()
    return context


@pytest.fixture(autouse=True)
def _open_flags(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Undo what torch.testing does when other tests import it, and leave inference mode."""
    monkeypatch.setitem(torch.backends.flags_frozen.__globals__, "__allow_nonbracketed_mutation_flag", True)
    yield
    while KEPT_ALIVE:
        KEPT_ALIVE.pop().__exit__(None, None, None)


def all_settings() -> str:
    return repr([setting.read() for setting in settings.all_settings()])


def everything_drawn(seed: int) -> list[Tensor]:
    draw = Draw(seed)
    with Draw(0).settings():
        empty, numbers = torch.empty(3), torch.tensor([draw.number(0, 1), draw.integer(0, 9)])
    return [
        numbers,
        draw.fill_(empty),
        draw.normal(3, grad=True),
        draw.normal(3, dtype=torch.bfloat16, scale=2.0),
        draw.uniform(2, 2, low=-1.0),
        draw.integers(0, 9, 4),
        draw.permutation(6),
    ]


def everything_built(seed: int) -> list[Tensor]:
    with Draw(seed).settings():
        net = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
        noise, zeros = torch.rand(2), torch.zeros(2)
        double = (zeros + 1).requires_grad_() * 2
        double.sum().backward()
        return [*net.state_dict().values(), noise, zeros, double.detach(), torch.tensor(double.requires_grad)]


def same(a: list[Tensor], b: list[Tensor]) -> bool:
    return all(
        (x.device, x.dtype, x.requires_grad, x.is_inference()) == (y.device, y.dtype, y.requires_grad, y.is_inference())
        and x.detach().tolist() == y.detach().tolist()
        for x, y in zip(a, b, strict=True)
    )


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("make", [everything_drawn, everything_built])
def test_what_a_probe_draws_and_builds_does_not_depend_on_it(name: str, make: Callable[[int], list[Tensor]]) -> None:
    expected = make(5)
    with preserve_settings():
        CHANGES[name]()
        its_own = all_settings()
        made = make(5)
        assert all_settings() == its_own
    assert same(made, expected)


@pytest.mark.parametrize("name", CHANGES)
def test_nothing_stays_behind(name: str) -> None:
    before = all_settings()
    with contextlib.suppress(KeyError), preserve_settings():
        CHANGES[name]()
        raise KeyError
    assert all_settings() == before
    assert not torch.is_inference_mode_enabled()
    assert torch.get_default_device() == torch.device("cpu")
    assert torch.zeros(1).item() == 0


def test_mixing_older_and_newer_settings_of_precision() -> None:
    with preserve_settings():
        torch.set_float32_matmul_precision("high")
        torch.backends.cuda.matmul.allow_tf32 = False
    assert torch.get_float32_matmul_precision() == "highest"


def test_building_takes_nothing_from_the_global_generator() -> None:
    torch.manual_seed(3)
    expected = torch.rand(4)
    torch.manual_seed(3)
    with Draw(1).settings():
        nn.Linear(3, 3)
    assert torch.equal(torch.rand(4), expected)


def test_on_the_accelerator_what_a_probe_draws_is_where_it_belongs() -> None:
    with simulated_accelerator(), preserve_settings():
        torch.set_default_device("cuda")
        draw = Draw(2, "cuda")
        assert draw.normal(3).device == torch.device("cuda", 0)
        assert Draw(2).normal(3).device == torch.device("cpu")
        with draw.settings():
            assert nn.Linear(2, 2).weight.device == torch.device("cpu")
            assert torch.rand(2, generator=torch.Generator()).device == torch.device("cpu")
        assert torch.ones(2).device == torch.device("cuda", 0)


def test_a_submissions_settings_hold_in_its_own_calls() -> None:
    source = b"import torch\ntorch.set_default_dtype(torch.float64)\ndef half():\n    return torch.full((1,), 0.5)\n"
    probe = Probe(lambda ch, draw: {"its": ch.half(), "drawn": draw.normal(1, dtype=torch.float32)}, "half()", None)
    reply = run_request(Request("ch", source, "ch.py", (Call("half", {}, 1),), "cpu"), {"half": probe})
    torch.set_default_dtype(torch.float32)
    assert [reply.outputs[0][name].tensor.dtype for name in ("its", "drawn")] == [torch.float64, torch.float32]
