"""`dojo try`: the call of a check runs again in the foreground, or is printed as a script."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.conftest import PROJECT
from torchdojo.cli.main import cli
from torchdojo.course import Chapter, load_course
from torchdojo.grading.compare import find_difference
from torchdojo.grading.grader import PUBLIC_SECRET, Grader, Settings
from torchdojo.learner.script import PRINT, write_script
from torchdojo.probe.settings import preserve_settings
from torchdojo.sandbox.backend import NONE
from torchdojo.source.files import ParsedSource
from torchdojo.worker.modules import load_module
from torchdojo.worker.protocol import Call, Reply, ReplyStatus, decode_reply, encode_reply
from torchdojo.worker.torch_library import copy_tensors

COURSE = load_course(PROJECT)


def attempt(root: Path, *arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(cli, ["--course", str(root), "try", "--sandbox", "none", *arguments], input=typed)


def fill(root: Path, body: str, bottom: str = "") -> None:
    """Give the tiny course's `double` this body, and the file these last lines."""
    path = root / "exercises/ch1_tiny.py"
    indented = "".join(f"    {line}\n" for line in body.splitlines())
    path.write_text(path.read_text().replace("    ...\n", indented, 1) + bottom)


def test_a_wrong_answer_is_shown_beside_the_right_one(tiny_root: Path) -> None:
    fill(tiny_root, 'print("x has shape", tuple(x.shape))\nreturn x * x')
    done = attempt(tiny_root, "double")
    assert done.exit_code == 1
    words = (
        "✗ double · It returns twice x",
        "y = double(x)",
        "x has shape (2, 3)",
        "expected    tensor([[",
        "difference",
    )
    for part in words:
        assert part in done.output
    assert done.output.index("your code runs") < done.output.index("x has shape") < done.output.index("expected")


def test_a_right_answer_is_called_right(tiny_root: Path) -> None:
    fill(tiny_root, "return x + x")
    done = attempt(tiny_root, "double")
    assert done.exit_code == 0
    assert "✓ This is right" in done.output


def test_nothing_is_graded_and_no_progress_is_kept(tiny_root: Path) -> None:
    fill(tiny_root, "return x + x")
    attempt(tiny_root, "double")
    assert not (tiny_root / ".torchdojo").exists()


def test_an_exception_shows_the_learners_lines_alone(tiny_root: Path) -> None:
    fill(tiny_root, "return twice(x)", "\ndef twice(x):\n    return x @ x\n")
    done = attempt(tiny_root, "double")
    assert done.exit_code == 1
    assert "return x @ x" in done.output
    assert "return twice(x)" in done.output
    assert "y = double(x)" in done.output
    assert "RuntimeError: " in done.output
    assert "torchdojo/" not in done.output


def test_a_release_shows_an_exception_too(tiny_root: Path, tmp_path: Path) -> None:
    release = tmp_path / "release"
    arguments = ["--course", str(tiny_root), "release", "--no-wheel", "--out", str(release)]
    made = CliRunner().invoke(cli, arguments)
    assert made.exit_code == 0, made.output
    fill(release, "return x.twice()")
    done = attempt(release, "double")
    assert done.exit_code == 1, done.output
    assert "AttributeError: 'Tensor' object has no attribute 'twice'" in done.output


def test_breakpoint_stops_in_the_debugger(tiny_root: Path) -> None:
    """The debugger reads the terminal, which a runner has none of."""
    fill(tiny_root, "breakpoint()\nreturn x * x")
    command = [sys.executable, "-m", "torchdojo", "--course", str(tiny_root), "try", "double", "--sandbox", "none"]
    typed = "p tuple(x.shape)\nc\n"
    done = subprocess.run(command, input=typed, capture_output=True, text=True, check=False)
    assert "(Pdb)" in done.stdout
    assert "(2, 3)" in done.stdout
    assert "difference" in done.stdout
    left = subprocess.run(command, input="q\n", capture_output=True, text=True, check=False)
    assert "You left the debugger." in left.stdout


def test_try_out_lines_at_the_end_do_not_run(tiny_root: Path) -> None:
    fill(tiny_root, "return x + x", '\nprint("try-out")\ninput("?")\nif __name__ == "__main__":\n    print("main")\n')
    done = attempt(tiny_root, "double")
    assert done.exit_code == 0
    assert "try-out" not in done.output


def test_a_check_can_be_chosen_and_a_near_name_is_offered(tiny_root: Path) -> None:
    fill(tiny_root, "return x + x")
    done = attempt(tiny_root, "double", "--check", "values")
    assert "check values" in done.output
    wrong = attempt(tiny_root, "double", "--check", "valeus")
    assert wrong.exit_code == 2
    assert "Did you mean values?" in " ".join(wrong.output.split())


def test_what_is_still_to_do_is_said(tiny_root: Path) -> None:
    done = attempt(tiny_root, "double")
    assert done.exit_code == 1
    assert "double is still to do" in done.output


def test_the_printed_code_runs_from_the_courses_folder(tiny_root: Path) -> None:
    fill(tiny_root, "return x * x")
    code = attempt(tiny_root, "double", "--code").output
    assert "from exercises.ch1_tiny import double" in code
    script = tiny_root / "question.py"
    script.write_text(code)
    command = [sys.executable, script.name]
    done = subprocess.run(command, cwd=tiny_root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("y = tensor(")


@pytest.mark.parametrize("chapter", COURSE.chapters, ids=lambda chapter: chapter.name)
def test_every_public_check_has_a_script_that_asks_the_same(chapter: Chapter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run on the reference, each script gives what the check got."""
    grader = Grader(COURSE, chapter, Settings(NONE, PUBLIC_SECRET, public=True))
    probes = ParsedSource(COURSE.probes_file(chapter).read_bytes())
    exchanges = [exchange for _, asked in grader.dry_run() for exchange in asked]
    grader.close()
    package = ModuleType("exercises")
    monkeypatch.setitem(sys.modules, "exercises", package)
    name = f"exercises.{chapter.name}"
    monkeypatch.setitem(sys.modules, name, package)
    module = load_module(name, COURSE.reference_file(chapter).read_bytes(), f"{chapter.name}.py")
    setattr(package, chapter.name, module)
    assert exchanges
    for exchange in exchanges:
        defaults = grader.oracle.probes[exchange.calls[0].probe].defaults
        text = write_script(probes, chapter.name, exchange.calls, defaults, exchange.device).text
        namespace: dict[str, Any] = {"__name__": "question"}
        with preserve_settings():
            exec(compile(text, "question", "exec"), namespace)
        compile(text + PRINT, "question", "exec")
        reply = decode_reply(encode_reply(Reply(ReplyStatus.OK, [copy_tensors(namespace["outputs"])])))
        difference = find_difference(reply.outputs[0], exchange.reply.outputs[-1])
        assert difference is None, (text, difference)


PROBES = ParsedSource(b"""
from torchdojo.probe import Draw, probe

WIDTH = 3

def half(x):
    return x / 2

@probe("")
def plain(ch, draw, *, scale=2.0, short=False):
    x = draw.normal(WIDTH, scale=scale)  # drawn
    if short:
        return {"y": ch.double(x)}
    return {"y": half(ch.double(x))}

@probe("")
def undecided(ch, draw, *, low=0):
    x = draw.normal(3)
    if x.sum() > low:
        return {"y": ch.double(x)}
    return {"y": ch.double(-x)}
""")


def test_a_script_holds_only_what_runs() -> None:
    script = write_script(PROBES, "ch1", (Call("plain", {"short": True}, 7),), {"scale": 2.0, "short": False})
    assert script.body.splitlines() == [
        "scale = 2.0",
        "torch.manual_seed(7)",
        "draw = Draw(7)",
        "x = draw.normal(WIDTH, scale=scale)  # drawn",
        'outputs = {"y": double(x)}',
    ]
    assert "WIDTH = 3" in script.head
    assert "half" not in script.head
    assert "from exercises.ch1 import double" in script.head


def test_two_calls_and_a_device_are_kept() -> None:
    calls = (Call("plain", {}, 7), Call("plain", {}, 8))
    body = write_script(PROBES, "ch1", calls, {"scale": 2.0, "short": False}, "simulated").body
    assert "with simulated_accelerator():\n    for seed in (7, 8):" in body
    assert '        draw = Draw(seed, "cuda")' in body


def test_a_probe_with_a_return_that_depends_on_more_stays_a_function() -> None:
    script = write_script(PROBES, "ch1", (Call("undecided", {"low": 1}, 7),), {"low": 0})
    assert script.body.splitlines()[-1] == "outputs = undecided(ch, draw, low=1)"
    assert "def undecided" in script.head
    assert "from exercises import ch1 as ch" in script.head
