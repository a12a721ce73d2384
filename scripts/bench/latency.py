"""Time how long a learner waits: from a save to its verdict in `dojo watch`, and for commands from the shell.

Beside them is what nothing can undercut: an import of torch, and the probes of the solved course.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from scripts.bench.engine import dojo
from scripts.bench.measure import ROOT, PartMissing, Setting, clock
from scripts.bench.overhead import own_code
from torchdojo.course import load_course
from torchdojo.course.stub import load_stub
from torchdojo.learner.checker import Checker
from torchdojo.sandbox.choose import backend_named
from torchdojo.sandbox.cores import usable_cores
from torchdojo.sandbox.worker import Worker

MISTAKES = ["sgd_step/update_recorded", "sigmoid/tanh"]  # of the first chapter
EXERCISE = "ch1_fundamentals/sigmoid"


def measure(setting: Setting) -> dict[str, object]:
    """Return the seconds of each try of a save in watch, of commands, and of what is beside them."""
    return {
        "help": [_time("--help") for _ in range(setting.passes(10))],
        "untouched": _time_checks(setting.passes(5), solved=False),
        "watch": _time_watch(setting.passes(10)),
        **_time_one_check(setting.passes(5)),
        "check_course": _time_checks(setting.passes(3)),
        "course_probes": _time_probes(setting),
    }


def _time(*arguments: str, course: Path = ROOT, codes: tuple[int, ...] = (0,)) -> float:
    """Return the seconds of a `dojo` command from the shell."""
    with clock() as seconds:
        dojo(*arguments, course=course, codes=codes)
    return seconds[0]


def _time_watch(tries: int) -> list[float]:
    """Time saves of a mistake and of the right answer, in turn, until the verdict is on the screen."""
    try:
        from scripts.play_session import ScriptedSession, WatchTerminal
    except ImportError as error:
        raise PartMissing(f"watching needs the extra dev ({error})") from None
    found = []
    with tempfile.TemporaryDirectory(prefix="bench-watch-") as scratch:
        session = ScriptedSession(ROOT, Path(scratch), Path(scratch), MISTAKES, "auto")
        session.copy()
        mistake = session.second
        session.path.write_text(session.filled(session.first.exercise), encoding="utf-8")
        with WatchTerminal(session) as terminal:
            terminal.wait_for("init_parameters")
            terminal.pause()
            for _ in range(tries):
                terminal.save(session.filled(mistake.exercise, mistake), f"“{mistake.title}”")
                terminal.read_for(1)
                found.append(terminal.save(session.filled(mistake.exercise), f"✓ {mistake.exercise}"))
                terminal.read_for(1)
    return found


def _copy_course(folder: Path, *, solved: bool = True) -> Path:
    """Copy the course, with every exercise solved, so that checking runs every check, or with none; return it."""
    shutil.copyfile(ROOT / "course.toml", folder / "course.toml")
    for name in ("graders", "reference"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copytree(ROOT / "reference", folder / "exercises")
    course = load_course(folder)
    for chapter in [] if solved else course.chapters:
        (folder / "exercises" / f"{chapter.name}.py").write_text(load_stub(course, chapter), encoding="utf-8")
    return folder


def _time_checks(tries: int, *, solved: bool = True) -> list[float]:
    """Time `dojo check` of the whole course."""
    with tempfile.TemporaryDirectory(prefix="bench-check-") as scratch:
        root = _copy_course(Path(scratch), solved=solved)
        return [_time("check", course=root, codes=(0,) if solved else (1,)) for _ in range(tries)]


def _time_one_check(tries: int) -> dict[str, list[float]]:
    """Time `dojo check` of one exercise and, in turn, an import of torch, each from the shell."""
    found: dict[str, list[float]] = {"check_exercise": [], "import_torch": []}
    with tempfile.TemporaryDirectory(prefix="bench-check-") as scratch:
        root = _copy_course(Path(scratch))
        for _ in range(tries):
            with clock() as seconds:
                subprocess.run([sys.executable, "-c", "import torch"], check=True)
            found["import_torch"] += seconds
            found["check_exercise"].append(_time("check", EXERCISE, course=root))
    return found


def _time_probes(setting: Setting) -> list[float]:
    """Return the CPU seconds that the probes of the solved course take, divided by the cores there are."""
    course = load_course(ROOT)
    chapters = course.chapters[:1] if setting.quick else course.chapters
    with Worker(backend_named("auto"), [course.probes_file(c) for c in course.chapters]) as worker:
        checker = Checker(course, ROOT / "reference", worker)
        with own_code() as seconds:
            for chapter in chapters:
                checker.check(chapter)
    return [sum(seconds) / usable_cores()]
