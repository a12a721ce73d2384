"""`dojo doctor`: check the installation: what this machine can do, and what to install or fix."""

from __future__ import annotations

import contextlib
import platform
import sys
import sysconfig
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata, requires, version
from pathlib import Path

import click
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from rich.text import Text

from torchdojo.cli.common import console, spelled
from torchdojo.cli.extras import how_to_install, missing_of
from torchdojo.course import Course, CourseError, find_root, load_course

REINSTALL = "pip install --force-reinstall -c constraints.txt {name}"


@dataclass(frozen=True)
class Diagnosis:
    """One part of the installation. healthy: None if that does not matter; remedy: how to fix it"""

    text: str
    healthy: bool | None = True
    remedy: str = ""


@click.command()
@click.pass_context
def doctor(context: click.Context) -> None:
    """Check the installation: Python, torch, torchvision, the course, and the sandbox that grading needs.

    Exit code 0: ready to learn; 1: something must be fixed first.
    """
    if not _show("For learning", _diagnose_learning(context.find_root().obj)):
        advice = " Fix the items marked ✗, top to bottom. They are not caused by your code."
        console().print(Text(advice, "bold"), soft_wrap=True)
        context.exit(1)
    grading = _show("For grading others (not needed for learning)", _diagnose_grading(context.find_root().obj))
    console().print(Text(f" Ready. Run `{spelled('check')}` to check your code.", "bold"), soft_wrap=True)
    context.exit(0 if grading else 1)


def _show(title: str, diagnoses: Iterator[Diagnosis]) -> bool:
    """Print diagnoses as they come; return whether all are healthy."""
    out = console()
    out.print(Text(f" {title}", "dim"), soft_wrap=True)
    healthy = True
    for diagnosis in diagnoses:
        mark, style = {True: ("✓", "green"), False: ("✗", "bold red"), None: ("–", "yellow")}[diagnosis.healthy]
        out.print(Text("   ").append(mark, style).append(f" {diagnosis.text}"), soft_wrap=True)
        if diagnosis.remedy:
            out.print(Text(f"     {diagnosis.remedy}", "dim"), soft_wrap=True)
        healthy = healthy and diagnosis.healthy is not False
    out.print()
    return healthy


def _diagnose_learning(root: Path | None) -> Iterator[Diagnosis]:
    """Check what `dojo check` needs, until something is missing."""
    yield _diagnose_python()
    for name, trial in (("numpy", _try_numpy), ("torch", _try_torch), ("torchvision", _try_torchvision)):
        diagnosis = _diagnose_package(name, trial)
        yield diagnosis
        if diagnosis.healthy is False:
            return
    yield _diagnose_course(root)
    yield _diagnose_worker()


def _diagnose_python() -> Diagnosis:
    supported = _supported("python")
    healthy = supported.contains(platform.python_version(), prereleases=True)
    text = f"Python {platform.python_version()} at {sys.executable}"
    remedy = f"Python {supported} is needed: recreate the environment with a supported version."
    return Diagnosis(text, healthy, "" if healthy else remedy)


def _supported(name: str) -> SpecifierSet:
    """Return the versions of "python" or a package that torchdojo supports; any if torchdojo is not installed."""
    try:
        if name == "python":
            return SpecifierSet(metadata("torchdojo")["Requires-Python"])
        return next(r.specifier for r in map(Requirement, requires("torchdojo") or []) if r.name == name)
    except PackageNotFoundError:
        return SpecifierSet()


def _diagnose_package(name: str, trial: Callable[[], Diagnosis]) -> Diagnosis:
    """Check whether a package is installed, of a supported version, and works."""
    try:
        installed = version(name)
    except PackageNotFoundError:
        remedy = "Run `make setup`, or `pip install -c constraints.txt -e .`."
        return Diagnosis(f"{name} is not installed", False, remedy)
    supported = _supported(name)
    if not supported.contains(installed, prereleases=True):
        text = f"{name} {installed} is not supported: {supported} is needed"
        return Diagnosis(text, False, REINSTALL.format(name=name))
    try:
        return trial()
    except Exception as error:
        return Diagnosis(f"{name} {installed} does not work: {_describe(error)}", False, _remedy(name, error))


def _try_numpy() -> Diagnosis:
    import numpy

    assert numpy.ones(2).sum() == 2
    return Diagnosis(f"numpy {numpy.__version__}")


def _try_torch() -> Diagnosis:
    """Compute a gradient: what every chapter needs."""
    import torch

    x = torch.ones(3, requires_grad=True)
    (x * x).sum().backward()  # type: ignore[no-untyped-call]
    assert x.grad is not None
    assert x.grad.tolist() == [2.0, 2.0, 2.0]
    return Diagnosis(f"torch {torch.__version__}, on {'a GPU' if torch.cuda.is_available() else 'the CPU'}")


def _try_torchvision() -> Diagnosis:
    from torchdojo.data.vision import is_without_operators, prepare_torchvision

    prepare_torchvision()
    import torchvision

    text = f"torchvision {torchvision.__version__}"
    if is_without_operators():
        text += ", without its compiled operators, built for another torch (the course does not need them)"
    return Diagnosis(text)


def _diagnose_course(root: Path | None) -> Diagnosis:
    try:
        root = root if root is not None else find_root(Path.cwd())
    except CourseError:
        return Diagnosis("no course in this folder; run this in a course's folder to check it, too", None)
    try:
        course = load_course(root)
    except CourseError as error:
        text = str(error).replace("\n", "\n     ")
        return Diagnosis(f"the course cannot be used: {text}", False, "Restore the file from the course's release.")
    return Diagnosis(f"course: {course.title}, {len(course.chapters)} chapters{_placement(course)}")


def _placement(course: Course) -> str:
    """Return where device placement is graded, for a course with gpu = true."""
    if not course.gpu:
        return ""
    from torchdojo.grading.accelerators import available_accelerators

    has_cuda = "cuda" in available_accelerators(course)
    return "; placement is also graded on CUDA" if has_cuda else "; placement is graded simulated only (no CUDA)"


def _diagnose_worker() -> Diagnosis:
    """Start the process that runs a learner's code."""
    from torchdojo.sandbox.choose import backend_named
    from torchdojo.sandbox.errors import WorkerError
    from torchdojo.sandbox.selftest.runner import PROBES, first_and_last_line
    from torchdojo.sandbox.worker import Worker

    backend = backend_named("auto")
    try:
        with Worker(backend, [PROBES]) as worker:
            worker.prepare(PROBES)
    except WorkerError as error:
        text = f"your code cannot be run: {first_and_last_line(str(error))}"
        return Diagnosis(text, False, "To go without the sandbox, run `dojo check --sandbox none`.")
    return Diagnosis(f"your code runs in {'the sandbox' if backend.isolates else 'a separate process'}")


def _diagnose_grading(root: Path | None) -> Iterator[Diagnosis]:
    """Check what `dojo grade` needs: its packages, the sandbox, and there what the course's probes import."""
    from torchdojo.sandbox.bubblewrap import BUBBLEWRAP, why_no_bubblewrap
    from torchdojo.sandbox.selftest.runner import run_selftest

    missing = missing_of("grade")
    if missing:
        yield Diagnosis(f"{', '.join(missing)} not installed", None, how_to_install("grade"))
        return
    reason = why_no_bubblewrap()
    if reason:
        yield Diagnosis(f"sandbox: {reason}", None)
        return
    try:
        yield from _diagnose_imports(root)
    except OSError as error:
        yield Diagnosis(f"sandbox: {error}", False)
        return
    for test in run_selftest(BUBBLEWRAP):
        yield Diagnosis(f"sandbox: {test.name} ({test.seen})", test.passed)


def _diagnose_imports(root: Path | None) -> Iterator[Diagnosis]:
    """Check what probes import. OSError, with advice, if the sandbox cannot show what Python itself needs."""
    from torchdojo.sandbox.import_paths import find_import_paths
    from torchdojo.sandbox.selftest.runner import PROBES

    probes = [PROBES]
    with contextlib.suppress(CourseError):
        course = load_course(root if root is not None else find_root(Path.cwd()))
        probes += [course.probes_file(chapter) for chapter in course.chapters]
    problems = find_import_paths(probes).problems
    for problem in problems:
        yield Diagnosis(f"sandbox: {problem}", False)
    if not problems:
        yield Diagnosis("sandbox: Python and what probes import can be read there")


def _describe(error: Exception) -> str:
    """Return an error in one line."""
    message = " ".join(str(error).split())
    return f"{type(error).__name__}: {message[:300]}" if message else type(error).__name__


def _remedy(name: str, error: Exception) -> str:
    """Return how to fix a package that is installed and does not work."""
    shadow = _shadowing_file(name, error)
    if shadow:
        return f"The file {shadow} hides the package, because it has the same name. Rename the file."
    if sys.platform == "win32" and "DLL" in str(error):
        return "Install Microsoft's Visual C++ Redistributable (vc_redist.x64.exe), then try again."
    return f"Reinstall it: {REINSTALL.format(name=name)}"


def _shadowing_file(name: str, error: Exception) -> Path | None:
    """Return the file outside the installation that was imported instead of a package, or None."""
    installed = {Path(sysconfig.get_path(key)).resolve() for key in ("purelib", "platlib", "stdlib")}
    for frame in traceback.extract_tb(error.__traceback__):
        path = Path(frame.filename)
        same_name = path.stem == name or path.parent.name == name
        if same_name and path.is_file() and not any(path.resolve().is_relative_to(folder) for folder in installed):
            return path
    return None
