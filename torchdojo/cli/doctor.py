"""`dojo doctor`: is it your code, or the installation? What this machine can do, and what would improve it."""

from __future__ import annotations

import platform
import sys
import sysconfig
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click
from rich.text import Text

from torchdojo.cli.common import console, spelled
from torchdojo.cli.extras import how_to_install, missing_of
from torchdojo.course import Course, CourseError, find_root, load_course

OLDEST = {"torch": (2, 11), "torchvision": (0, 26)}
PYTHONS = ((3, 11), (3, 13))
REINSTALL = "pip install --force-reinstall -c constraints.txt {name}"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. good: None for what is only worth knowing; remedy: what to do about it."""

    words: str
    good: bool | None = True
    remedy: str = ""


@click.command()
@click.pass_context
def doctor(context: click.Context) -> None:
    """Show whether this machine is ready: Python, torch, torchvision, the course, and the sandbox that grading needs.

    Exit code 0: ready to learn; 1: something must be mended first.
    """
    learning = _show("To learn", _learning(context.find_root().obj))
    if not learning:
        console().print(Text(" Mend what is marked ✗, from the top. It is not your code.", "bold"), soft_wrap=True)
        context.exit(1)
    grading = _show("To grade others, which you do not need for learning", _grading())
    console().print(Text(f" Ready. {spelled('check')} checks your code.", "bold"), soft_wrap=True)
    context.exit(0 if grading else 1)


def _show(title: str, findings: Iterator[Finding]) -> bool:
    """Print findings as they come; return whether none is bad."""
    out = console()
    out.print(Text(f" {title}", "dim"), soft_wrap=True)
    fine = True
    for finding in findings:
        mark, style = {True: ("✓", "green"), False: ("✗", "bold red"), None: ("–", "yellow")}[finding.good]
        out.print(Text("   ").append(mark, style).append(f" {finding.words}"), soft_wrap=True)
        if finding.remedy:
            out.print(Text(f"     {finding.remedy}", "dim"), soft_wrap=True)
        fine = fine and finding.good is not False
    out.print()
    return fine


def _learning(root: Path | None) -> Iterator[Finding]:
    """Look at what `dojo check` needs, from the ground up, until something is missing."""
    yield _python()
    for name, trial in (("numpy", _try_numpy), ("torch", _try_torch), ("torchvision", _try_torchvision)):
        found = _package(name, trial)
        yield found
        if found.good is False:
            return
    yield _course(root)
    yield _worker()


def _python() -> Finding:
    oldest, newest = PYTHONS
    good = oldest <= sys.version_info[:2] <= newest
    words = f"Python {platform.python_version()} at {sys.executable}"
    wanted = f"{oldest[0]}.{oldest[1]} to {newest[0]}.{newest[1]}"
    return Finding(
        words, good, "" if good else f"Python {wanted} is needed: make the environment anew with one of them."
    )


def _package(name: str, trial: Callable[[], Finding]) -> Finding:
    """Say whether a package is there, new enough, and works."""
    try:
        found = version(name)
    except PackageNotFoundError:
        return Finding(f"{name} is not installed", False, "run make setup, or: pip install -c constraints.txt -e .")
    numbers = tuple(int(part) for part in found.split("+")[0].split(".")[:2] if part.isdigit())
    if numbers < OLDEST.get(name, ()):
        oldest = ".".join(str(n) for n in OLDEST[name])
        return Finding(f"{name} {found} is too old: {oldest} or newer is needed", False, REINSTALL.format(name=name))
    try:
        return trial()
    except Exception as error:
        return Finding(f"{name} {found} does not work: {_say(error)}", False, _remedy(name, error))


def _try_numpy() -> Finding:
    import numpy

    assert numpy.ones(2).sum() == 2
    return Finding(f"numpy {numpy.__version__}")


def _try_torch() -> Finding:
    """Compute a gradient: what every chapter needs."""
    import torch

    x = torch.ones(3, requires_grad=True)
    (x * x).sum().backward()  # type: ignore[no-untyped-call]
    assert x.grad is not None
    assert x.grad.tolist() == [2.0, 2.0, 2.0]
    return Finding(f"torch {torch.__version__}, on {'a GPU' if torch.cuda.is_available() else 'the CPU'}")


def _try_torchvision() -> Finding:
    from torchdojo.data.vision import is_without_operators, prepare_torchvision

    prepare_torchvision()
    import torchvision

    words = f"torchvision {torchvision.__version__}"
    if is_without_operators():
        words += ", without its compiled part, which was built for another torch; nothing in the course needs it"
    return Finding(words)


def _course(root: Path | None) -> Finding:
    try:
        root = root if root is not None else find_root(Path.cwd())
    except CourseError:
        return Finding("no course here; inside a course's folder it would be looked at, too", None)
    try:
        course = load_course(root)
    except CourseError as error:
        return Finding(f"the course cannot be used: {error}", False, "Take the file from the course's release again.")
    return Finding(f"course: {course.title}, {len(course.chapters)} chapters{_placement(course)}")


def _placement(course: Course) -> str:
    """Say where the placement of a course with gpu = true is graded."""
    if not course.gpu:
        return ""
    from torchdojo.grading.grader import available_accelerators

    there = "cuda" in available_accelerators(course)
    return "; placement is graded on CUDA, too" if there else "; no CUDA device: placement is graded simulated alone"


def _worker() -> Finding:
    """Start what runs a learner's code."""
    from torchdojo.sandbox.choose import backend_named
    from torchdojo.sandbox.errors import WorkerError
    from torchdojo.sandbox.selftest.runner import PROBES
    from torchdojo.sandbox.worker import Worker

    backend = backend_named("auto")
    try:
        with Worker(backend, [PROBES]) as worker:
            worker.prepare(PROBES)
    except WorkerError as error:
        return Finding(f"your code cannot be run: {error}", False, "Run dojo check --sandbox none, and report this.")
    return Finding(f"your code runs {'in the sandbox' if backend.isolates else 'in a process of its own'}")


def _grading() -> Iterator[Finding]:
    """Look at what `dojo grade` needs: its packages, and the sandbox."""
    from torchdojo.sandbox.bubblewrap import BUBBLEWRAP, why_no_bubblewrap
    from torchdojo.sandbox.selftest.runner import run_selftest

    missing = missing_of("grade")
    if missing:
        yield Finding(f"{', '.join(missing)} not installed", None, how_to_install("grade"))
        return
    reason = why_no_bubblewrap()
    if reason:
        yield Finding(f"sandbox: {reason}", None)
        return
    for test in run_selftest(BUBBLEWRAP):
        yield Finding(f"sandbox: {test.name} ({test.seen})", test.passed)


def _say(error: Exception) -> str:
    """Return an error in one line."""
    words = " ".join(str(error).split())
    return f"{type(error).__name__}: {words[:300]}" if words else type(error).__name__


def _remedy(name: str, error: Exception) -> str:
    """Say what to do about a package that is there and does not work."""
    shadow = _shadow(name, error)
    if shadow:
        return f"The file {shadow} stands in its way: it has the package's name. Rename it."
    if sys.platform == "win32" and "DLL" in str(error):
        return "Install Microsoft's Visual C++ Redistributable (vc_redist.x64.exe), then try again."
    return f"Install it anew: {REINSTALL.format(name=name)}"


def _shadow(name: str, error: Exception) -> Path | None:
    """Return the file outside the installation that was imported in a package's place, if that is what happened."""
    installed = {Path(sysconfig.get_path(key)).resolve() for key in ("purelib", "platlib", "stdlib")}
    for frame in traceback.extract_tb(error.__traceback__):
        path = Path(frame.filename)
        mine = path.stem == name or path.parent.name == name
        if mine and path.is_file() and not any(path.resolve().is_relative_to(folder) for folder in installed):
            return path
    return None
