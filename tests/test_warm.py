"""What a worker does before it forks must be fit for every child, also on a machine with a CUDA device."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from tests.conftest import Tiny
from torchdojo.worker.library import IsolationError
from torchdojo.worker.main import MANY_RUNS
from torchdojo.worker.torch_library import require_usable_cuda

SPIED = """
import sys
import torch
from torchdojo.worker.warm import warm_up, warm_up_for

asked = []

class Spy:
    def __init__(self, name):
        self.name = name

    def __call__(self, *_, **__):
        asked.append(self.name)
        return self

    def is_capturing(self):
        return False

torch.cuda.is_available = lambda: True
torch.accelerator.current_accelerator = lambda *_, **__: torch.device("cuda")
for owner in (torch.cuda, torch.accelerator):
    for name in ("_lazy_init", "is_current_stream_capturing", "current_stream", "current_device_index"):
        if hasattr(owner, name):
            setattr(owner, name, Spy(name))
warm_up()
from torchdojo.data import prepare_torchvision
prepare_torchvision()
import torch._dynamo
done = set()
warm_up_for(done)
print(sorted(done), asked)
parameter = torch.nn.Parameter(torch.ones(2))
parameter.grad = torch.ones(2)
torch.optim.Adam([parameter]).step()
print(bool(asked))
"""


def test_nothing_that_is_done_ahead_asks_for_an_accelerator() -> None:
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", SPIED], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    warmed, bites = done.stdout.splitlines()
    assert warmed == "['torchdojo.data.fashion_mnist', 'torchvision'] []"
    assert bites == "True"  # an optimizer's step would have been seen


def test_a_child_of_a_process_that_started_cuda_runs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    require_usable_cuda()
    monkeypatch.setattr(torch.cuda, "_is_in_bad_fork", lambda: True)
    with pytest.raises(IsolationError, match="started CUDA before it forked"):
        require_usable_cuda()


def test_a_worker_answers_as_before_once_it_has_served_many(tiny: Tiny) -> None:
    before = tiny.grade(tiny.reference)
    for _ in range(MANY_RUNS // len(before.checks) + 1):  # huge pages come between two of these
        result = tiny.grade(tiny.reference)
    assert [check.status for check in result.checks] == [check.status for check in before.checks]
    assert result.score == result.max_score


def test_what_every_probe_does_leaves_torchs_compiler_unimported() -> None:
    """Importing it takes as long as torch itself; a worker does so only for what will use an optimizer."""
    program = """
import sys
import torch
from torchdojo.probe.settings import preserve_settings
from torchdojo.worker.warm import warm_up
with preserve_settings():
    warm_up()
print([name for name in ("torch._dynamo", "torch._inductor") if name in sys.modules])
before = set(sys.modules)
x = torch.ones(2, 3, requires_grad=True)
torch.nn.functional.softmax(x * x, 1).backward(torch.ones(2, 3))
torch.autograd.grad((x * x).sum(), x)
print(sorted(set(sys.modules) - before))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "[]"]  # the second: what each child would import again
