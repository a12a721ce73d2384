"""Time how long a learner waits: from a save to its verdict in `dojo watch`, and for `dojo check`, cold and warm."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from scripts.bench.engine import dojo
from scripts.bench.measure import ROOT, PartMissing, Setting, clock
from torchdojo.course import load_course
from torchdojo.learner.checker import Checker
from torchdojo.sandbox.choose import backend_named
from torchdojo.sandbox.worker import Worker

MISTAKES = ["sgd_step/update_recorded", "sigmoid/tanh"]  # of the first chapter
EXERCISE = "ch1_fundamentals/sigmoid"


def measure(setting: Setting) -> dict[str, object]:
    """Return the seconds of each try: a save in watch, and checks of one exercise and of the course, cold and warm."""
    return {
        "watch": _time_watch(setting.passes(10)),
        "check_exercise": _time_checks([EXERCISE], setting.passes(5)),
        "check_course": _time_checks([], setting.passes(2)),
        "check_exercise_warm": _time_warm_checks(EXERCISE, setting.passes(10)),
        "check_course_warm": _time_warm_checks("", setting.passes(2)),
    }


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


def _copy_solved(folder: Path) -> Path:
    """Copy the course with every exercise solved, so that checking runs every check; return the folder."""
    shutil.copyfile(ROOT / "course.toml", folder / "course.toml")
    for name in ("graders", "reference"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copytree(ROOT / "reference", folder / "exercises")
    return folder


def _time_checks(names: list[str], tries: int) -> list[float]:
    """Time `dojo check` from the shell, every exercise solved."""
    found = []
    with tempfile.TemporaryDirectory(prefix="bench-check-") as scratch:
        root = _copy_solved(Path(scratch))
        for _ in range(tries):
            with clock() as seconds:
                dojo("check", *names, course=root)
            found += seconds
    return found


def _time_warm_checks(name: str, tries: int) -> list[float]:
    """Time the same check in a process that has already run it once, as `dojo watch` has."""
    course = load_course(ROOT)
    chosen = [(c, [e for e in c.exercises if name == f"{c.name}/{e.name}"]) for c in course.chapters]
    chosen = [(c, exercises) for c, exercises in chosen if exercises or not name]
    found = []
    with Worker(backend_named("auto"), [course.graders_folder(c) / "probes.py" for c in course.chapters]) as worker:
        checker = Checker(course, ROOT / "reference", worker)
        for turn in range(tries + 1):
            with clock() as seconds:
                for chapter, exercises in chosen:
                    checker.check(chapter, exercises)
            found += seconds if turn else []
    return found
