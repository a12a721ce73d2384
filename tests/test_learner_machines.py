"""The learner's path on other machines: Windows and macOS as far as Linux can play them, narrow and old consoles, and
installations that are broken."""

from __future__ import annotations

import ast
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rich.cells import cell_len
from rich.console import Console

import torchdojo
from tests.conftest import PROJECT, TESTS
from torchdojo.authoring.reset import restore_stub
from torchdojo.cli.main import cli
from torchdojo.cli.screen import Screen
from torchdojo.course import ExerciseId, load_course
from torchdojo.course.stub import load_stub
from torchdojo.grading.failure import Finding
from torchdojo.grading.result import CheckResult
from torchdojo.grading.result import Result as Verdict
from torchdojo.grading.status import CheckStatus, ResultStatus
from torchdojo.learner.checker import ChapterCheck
from torchdojo.learner.progress import Progress

RIGHT = (TESTS / "tiny/reference/ch1_tiny.py").read_text(encoding="utf-8")
WRONG_DOUBLE = RIGHT.replace("return 2 * x", "return x * x").replace("if x.numel() == 0:", "if False:")
STUB = load_stub(load_course(TESTS / "tiny"), load_course(TESTS / "tiny").chapters[0])
LINUX_ONLY = {"fcntl", "resource", "termios", "tty", "pty", "pwd", "grp", "syslog", "crypt", "spwd", "posix"}
# Rooms and files that no learner's command loads on a system without fork.
NOT_FOR_LEARNERS = {"worker/fork.py", "worker/usage.py"}


def dojo(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--course", str(root), *arguments])


def in_a_shell(root: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "torchdojo.cli", "--course", str(root), *arguments]
    return subprocess.run(command, capture_output=True, check=False, env={**os.environ, **environment}, cwd=PROJECT)


def test_no_module_imports_what_only_linux_has() -> None:
    """Inside a function it is fine: there it is asked for only where it is there."""
    engine = Path(torchdojo.__file__).parent
    found = []
    for path in engine.rglob("*.py"):
        name = path.relative_to(engine).as_posix()
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found += [f"{name}: {n}" for n in names if n.split(".")[0] in LINUX_ONLY and name not in NOT_FOR_LEARNERS]
    assert found == []


ELSEWHERE = """
import contextlib, os, sys, threading
# Other people's packages have files of their own for each platform, so they are loaded as what they are.
import anyio, click, pathlib, psutil, pytest, rich.console, rich.progress, safetensors.torch, socket, subprocess
import tempfile, torch, watchfiles
from pydantic import BaseModel
root, platform, *arguments = sys.argv[1:]
for name in ("resource", "fcntl", "pwd", "grp", "tty", "termios"):
    sys.modules[name] = None
sys.platform = platform
del os.fork
os.environ["PATH"] = ""
import torchdojo.sandbox.backend as backend
backend.START = ("import os, sys; sys.path.insert(0, {folder!r}); sys.modules['resource'] = None; del os.fork; "
               "from torchdojo.worker.main import main; main(sys.argv[1:])")
if arguments == ["watch"]:
    # A learner who quits when the verdict is there, or word that there will be none.
    import torchdojo.cli.watch as watch, torchdojo.cli.watch_page as page
    draw, pressed = page.draw, []
    @contextlib.contextmanager
    def listen_for_keys(on_key):
        pressed.append(on_key)
        yield True
    def draw_and_quit(screen, session, **rest):
        draw(screen, session, **rest)
        if session.current.id in session.results or session.note:
            pressed[0]("q")
    watch.listen_for_keys, page.draw = listen_for_keys, draw_and_quit
from torchdojo.cli.main import main
sys.argv = ["dojo", "--course", root, *arguments]
main()
"""


def elsewhere(root: Path, platform: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", ELSEWHERE, str(root), platform, *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_watch_elsewhere(tiny_root: Path, platform: str) -> None:
    (tiny_root / "exercises/ch1_tiny.py").write_text(WRONG_DOUBLE)
    done = elsewhere(tiny_root, platform, "watch")
    assert done.returncode == 0, done.stderr
    assert "“Squared”" in done.stdout
    assert "q quit" in done.stdout


def test_list_elsewhere_checks_what_is_unknown(tiny_root: Path) -> None:
    (tiny_root / "exercises/ch1_tiny.py").write_text(RIGHT)
    done = elsewhere(tiny_root, "win32", "list")
    assert done.returncode == 0, done.stderr
    assert "2 of 2 exercises" in done.stdout


@pytest.mark.parametrize("command", [("hint", "double"), ("reset", "double")])
def test_hint_and_reset_elsewhere(tiny_root: Path, command: tuple[str, ...]) -> None:
    (tiny_root / "exercises/ch1_tiny.py").write_text(RIGHT)
    done = elsewhere(tiny_root, "win32", *command)
    assert done.returncode == 0, done.stderr


def test_check_without_bubblewrap(tiny_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    (tiny_root / "exercises/ch1_tiny.py").write_text(RIGHT)
    done = dojo(tiny_root, "check", "--json")
    (line,) = json.loads(done.stdout)
    assert (line["sandbox"], line["score"]) == ("none", 3.5)


@pytest.mark.parametrize("encoding", ["cp437", "cp1252", "ascii"])
def test_an_old_console(tiny_root: Path, encoding: str) -> None:
    done = in_a_shell(tiny_root, "list", PYTHONIOENCODING=encoding)
    assert done.returncode == 0, done.stderr
    shown = done.stdout.decode(encoding)
    assert "0 of 2 exercises" in shown
    assert "double" in shown


def failing(root: Path) -> ChapterCheck:
    course = load_course(root)
    (chapter,) = course.chapters
    finding = Finding(
        called="double(x), " + "x of a rather long description " * 5,
        expected="shape (2, 5, 3), float32\nand one more line",
        got="\x1b[31m" + "1" * 190,
        line=12,
        text="return " + "x * " * 40 + "x",
        advice="Look again. " * 20,
    )
    check = CheckResult(
        ExerciseId("ch1_tiny", "double"),
        "values",
        "It returns " + "twice " * 15 + "x",
        2,
        CheckStatus.FAILED,
        finding=finding,
    )
    result = Verdict(chapter.name, ResultStatus.GRADED, [check], "none", "simulated", 0.1, "", "")
    exercises = (chapter.exercises[0],)
    return ChapterCheck(chapter, root / "exercises/ch1_tiny.py", result, exercises, by_exercise={"double": [check]})


@pytest.mark.parametrize("width", [60, 61, 79, 80, 100, 133, 200])
def test_no_line_is_wider_than_the_console(tiny_root: Path, width: int) -> None:
    found = failing(tiny_root)
    progress = Progress(load_course(tiny_root), tiny_root / "exercises")
    progress.record(found.chapter, found.result.checks)
    out = Console(file=io.StringIO(), width=width, highlight=False)
    screen = Screen(out, progress)
    screen.checked([found], [found.chapter], show_all=True)
    screen.exercises([found.chapter], next(iter(progress)), "next")
    screen.hint(next(iter(progress)), 1)
    shown = out.file.getvalue()  # type: ignore[attr-defined]
    assert "\x1b" not in shown
    here = str(tiny_root)
    for line in shown.splitlines():
        is_whole = "https://" in line or here in line  # an address, or a path, is worth more in one piece
        assert is_whole or cell_len(line) <= width, line


def test_names_and_marks_are_coloured_each_for_itself(tiny_root: Path) -> None:
    found = failing(tiny_root)
    progress = Progress(load_course(tiny_root), tiny_root / "exercises")
    out = Console(file=io.StringIO(), width=100, force_terminal=True, color_system="standard", highlight=False)
    Screen(out, progress).failure(found, found.chapter.exercises[0])
    shown = out.file.getvalue()  # type: ignore[attr-defined]
    assert "\x1b[1;31m✗ \x1b[0m\x1b[1mdouble\x1b[0m" in shown


def test_no_colours_where_nobody_wants_them(tiny_root: Path) -> None:
    done = in_a_shell(tiny_root, "list", FORCE_COLOR="", NO_COLOR="1")
    assert b"\x1b[3" not in done.stdout


def test_a_picture_of_a_screen(tiny_root: Path) -> None:
    path = tiny_root / "new/picture.svg"
    assert CliRunner().invoke(cli, ["--course", str(tiny_root), "--picture", str(path), "list"]).exit_code == 0
    text = path.read_text(encoding="utf-8")
    assert text.startswith("<svg")
    assert "double" in text
    assert "url(" not in text.replace("url(#", "")  # nothing comes from the network


def fake(folder: Path, package: str, text: str) -> str:
    """Put a package in the place of another; return the PYTHONPATH that does it."""
    (folder / package).mkdir(parents=True)
    (folder / package / "__init__.py").write_text(text)
    return str(folder)


def test_a_broken_torch_is_no_wrong_answer(tiny_root: Path, tmp_path: Path) -> None:
    place = fake(tmp_path / "fake", "torch", "raise OSError('libtorch_cpu.so: cannot open shared object file')")
    (tiny_root / "exercises/ch1_tiny.py").write_text(RIGHT)
    done = in_a_shell(tiny_root, "check", PYTHONPATH=place)
    assert done.returncode == 2
    said = done.stderr.decode()
    assert "torch cannot be imported (OSError: libtorch_cpu.so" in said
    assert "This is a problem with the installation, not with your code." in said
    assert "doctor" in said
    assert "Traceback" not in said
    assert done.stdout == b""
    done = in_a_shell(tiny_root, "doctor", PYTHONPATH=place)
    assert done.returncode == 1
    said = done.stdout.decode()
    assert "✓ Python" in said
    assert "✗ torch" in said
    assert "hides the package" in said
    assert "torchvision" not in said  # from the ground up: what builds on torch comes later


def test_a_broken_torchvision_is_no_wrong_answer(tiny_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable() -> None:
        raise ImportError("libjpeg is missing")

    monkeypatch.setattr("torchdojo.data.vision.prepare_torchvision", unreadable)
    path = tiny_root / "exercises/ch1_tiny.py"
    path.write_text("import torchvision\n" + RIGHT)
    done = dojo(tiny_root, "check", "--sandbox", "none")
    assert done.exit_code == 2
    assert "1 tiny was not checked: torchvision cannot be imported" in done.output
    assert "This is a problem with the installation, not with your code." in " ".join(done.output.split())
    assert "✗" not in done.output
    done = dojo(tiny_root, "check", "--sandbox", "none", "--json")
    (line,) = json.loads(done.stdout)
    assert (line["status"], line["score"], line["checks"]) == ("grader_error", None, [])
    done = dojo(tiny_root, "doctor")
    assert done.exit_code == 1
    assert "does not work: ImportError: libjpeg is missing" in done.output


def test_a_chapter_is_celebrated_once(tiny_root: Path) -> None:
    (tiny_root / "exercises/ch1_tiny.py").write_text(RIGHT)
    first = dojo(tiny_root, "check", "--sandbox", "none").output
    assert "★ Tiny: all 3.5 points." in first
    assert "Compare your solution with the reference" in first
    again = dojo(tiny_root, "check", "--sandbox", "none").output
    assert "★" not in again
    assert "You have completed the course: all 3.5 points." in again


@pytest.mark.parametrize("allowed", [True, False])
def test_the_reference_is_shown_where_the_course_allows_it(tiny_root: Path, allowed: bool) -> None:
    path = tiny_root / "course.toml"
    path.write_text(path.read_text().replace("show_reference = true", f"show_reference = {str(allowed).lower()}"))
    course = load_course(tiny_root)
    out = Console(file=io.StringIO(), width=100)
    Screen(out, Progress(course, tiny_root / "exercises")).celebrate(course.chapters[0])
    shown = out.file.getvalue()  # type: ignore[attr-defined]
    assert ("Compare your solution with the reference" in shown) == allowed


def test_what_builds_on_something_to_do_waits_for_it(tiny_root: Path) -> None:
    """Scale fails because double is still to do: nobody is sent to Scale."""
    (tiny_root / "exercises/ch1_tiny.py").write_text(restore_stub(RIGHT, STUB, "double"))
    done = dojo(tiny_root, "check", "--sandbox", "none")
    assert "Next: double" in done.output or "Start with double" in done.output
    assert "Scale ·" not in done.output
    progress = Progress(load_course(tiny_root), tiny_root / "exercises")
    current = progress.current_exercise()
    assert current is not None
    assert current.exercise.name == "double"


@pytest.mark.slow  # tests/jobs/test_release_job.py plays one on the real course
@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal")
def test_a_scripted_session(tmp_path: Path) -> None:
    """The session whose pictures the documentation shows, on the tiny course."""
    options = ["--course", str(TESTS / "tiny"), "--mistakes", "Scale/forgotten,double/squared", "--start", "copy"]
    command = [sys.executable, str(PROJECT / "scripts/play_session.py"), *options, "--sandbox", "none", "--quick"]
    command += ["--pictures", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, cwd=PROJECT)
    assert done.returncode == 0, done.stdout + done.stderr
    pictures = {path.stem for path in tmp_path.glob("*.svg")}
    assert {"mistake", "chapter", "list", "reset", "watch-mistake", "watch-hint", "watch-right"} <= pictures


def test_the_documentation_shows_pictures_that_are_there() -> None:
    text = (PROJECT / "docs/learning.md").read_text(encoding="utf-8")
    names = re.findall(r"\]\((pictures/[\w-]+\.svg)\)", text)
    assert len(names) >= 8
    assert [name for name in names if not (PROJECT / "docs" / name).is_file()] == []
