"""What a worker imports before it answers: what the exercises that are checked need, and not what others do."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import PROJECT
from torchdojo.course import load_course
from torchdojo.grading.slow_imports import SlowImports
from torchdojo.sandbox.backend import NONE
from torchdojo.sandbox.errors import WorkerError
from torchdojo.sandbox.worker import Worker
from torchdojo.worker.protocol import Message, encode_message

COMPILER = ["torch._dynamo"]
CODE = """
import torch
{top}

def descend(p):
    {descend}

def steps():
    return descend(1)

def add(a, b):
    return a + b
"""
STEP = "return torch.optim.SGD([p], lr=1)"


@pytest.fixture
def chapter(tmp_path: Path) -> SlowImports:
    """Probes and checks of three exercises, none of which uses an optimizer."""
    (tmp_path / "probes.py").write_text("def asks(ch):\n    return ch.steps()\n")
    for name in ("descend", "steps", "add"):
        (tmp_path / f"test_{name}.py").write_text("def test_values(probes):\n    probes.asks\n")
    return SlowImports(tmp_path / "probes.py", "torch")


@pytest.mark.parametrize(
    ("top", "descend", "exercises", "found"),
    [
        ("", "return p", None, []),
        ("", STEP, None, COMPILER),
        ("", STEP, ["descend"], COMPILER),
        ("", STEP, ["steps"], COMPILER),
        ("", STEP, ["add"], []),
        ("", STEP, ["add", "steps"], COMPILER),
        ("", "# torch.optim", ["descend"], []),
        ("print(descend(1))", STEP, ["add"], COMPILER),
        ("from torch.optim import SGD", "return p", ["add"], COMPILER),
        ("(", STEP, ["add"], COMPILER),
    ],
)
def test_of_a_submission(
    chapter: SlowImports, top: str, descend: str, exercises: list[str] | None, found: list[str]
) -> None:
    assert chapter.find(CODE.format(top=top, descend=descend).encode(), exercises) == found


@pytest.mark.parametrize(
    ("probe", "check", "found"),
    [
        ("train(ch)", "probes.trains", COMPILER),
        ("train(ch)", "probes.adds", []),
        ("train(ch)", "getattr(probes, 'trains')", COMPILER),
        ("3", "probes.trains", []),
    ],
)
@pytest.mark.parametrize("shared", ["test_add.py", "conftest.py", "common.py", "../conftest.py"])
def test_of_the_probes_that_its_checks_may_ask(
    tmp_path: Path, probe: str, check: str, found: list[str], shared: str
) -> None:
    folder = tmp_path / "graders/ch1"
    folder.mkdir(parents=True)
    probes = f"def train(ch):\n    {STEP}\n\ndef trains(ch):\n    return {probe}\n\ndef adds(ch):\n    return 1\n"
    (folder / "probes.py").write_text(probes.replace("[p]", "ch.p"))
    (folder / "test_add.py").write_text("")
    (folder / "test_other.py").write_text("def test_values(probes):\n    probes.trains\n")
    (folder / shared).write_text(f"def test_values(probes):\n    {check}\n")
    assert SlowImports(folder / "probes.py", "torch").find(b"def add(): ...\n", ["add"]) == found


def test_of_exercises_of_the_course() -> None:
    course = load_course(PROJECT)
    found = {}
    for chapter in course.chapters:
        imports, text = SlowImports(course.probes_file(chapter), chapter.kind), course.reference_file(chapter)
        found |= {e.name: imports.find(text.read_bytes(), [e.name]) for e in chapter.graded_exercises}
    assert found["sigmoid"] == found["accuracy"][1:] == found["Linear"] == []
    assert found["train_with_optim"] == found["SGD"] == COMPILER
    assert found["make_loader"] == ["torchvision"]


def test_a_worker_that_has_imported_more_is_prepared_for_less(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Message] = []
    monkeypatch.setattr(
        "torchdojo.sandbox.worker.encode_message", lambda message: sent.append(message) or encode_message(message)
    )
    probes = tmp_path / "probes.py"
    probes.write_text("")
    with Worker(NONE, [probes], kind="python") as worker:
        worker.start_preparing(probes, ["json", "csv"])
        worker.start_preparing(probes, ["csv"])
        worker.prepare(probes, ["csv"])
        assert len(sent) == 1
        worker.prepare(probes, ["csv", "html"])
        assert len(sent) == 2
        with pytest.raises(WorkerError, match="a_missing_one"):
            worker.prepare(probes, ["a_missing_one"])
