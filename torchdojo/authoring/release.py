"""Make a release: exercises, public checks with recorded answers, and the engine, without solutions."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from torchdojo.authoring.engine import build_wheel
from torchdojo.authoring.leaks import find_leaks
from torchdojo.authoring.output_folder import ReleaseError, replace_folder
from torchdojo.authoring.public_parts import (
    PROBES,
    extract_conftest,
    extract_helpers,
    extract_probes,
    extract_public_checks,
    find_data_files,
)
from torchdojo.authoring.recording import record_answers
from torchdojo.authoring.secrets import Secrets, collect_secrets
from torchdojo.authoring.stub import make_stubs
from torchdojo.authoring.toml_text import toml_string
from torchdojo.course import Chapter, Course, CourseError, load_course, read_course_file
from torchdojo.course.tables import ChapterTable, CourseTable, ExerciseTable, RubricItemTable
from torchdojo.grading.calibration import load_thresholds
from torchdojo.grading.grader import Grader, Settings
from torchdojo.sandbox.backend import NONE

MANIFEST = "release.json"
MAX_LEAKS_SHOWN = 20
COPIED_FILES = ("constraints.txt", "LICENSE")
TEMPLATES = {
    "Makefile": "release_makefile.txt",
    "README.md": "release_readme.md",
    ".gitignore": "release_gitignore.txt",
    ".vscode/tasks.json": "release_tasks.json",
}
COURSE_KEYS = ("title",)
CHAPTER_KEYS = ("name", "title", "short", "kind", "check_seconds", "memory_mb")
EXERCISE_KEYS = ("name", "graded_by", "hints", "learnt", "builds_on", "read", "forbids", "allows")
RUBRIC_KEYS = ("name", "title", "points")
Notify = Callable[[str], None]


def make_release(course: Course, out: Path, notify: Notify = lambda words: None, *, wheel: bool = True) -> Path:
    """Make a release of a course in the folder `out`, or leave it as it is; return the folder.

    `out` must be missing, empty, or hold an unchanged older release. notify: called with each step
    wheel: whether to include the engine. ReleaseError if it cannot be made, or would leak a secret; CourseError
    """
    if course.released:
        raise ReleaseError(f"{course.root} is a release itself; make releases from the course with the reference")
    with replace_folder(course, out, MANIFEST) as new:
        _write_release(course, new, notify, wheel)
        notify("looking for leaks")
        require_no_leaks(new, collect_secrets(course))
    return out


def require_no_leaks(folder: Path, secrets: Secrets) -> None:
    """Raise ReleaseError, with the leaks, if a file in a folder contains a secret."""
    leaks = find_leaks(folder, secrets)
    if leaks:
        shown = "\n".join(f"  {leak}" for leak in leaks[:MAX_LEAKS_SHOWN])
        more = f"\n  and {len(leaks) - MAX_LEAKS_SHOWN} more" if len(leaks) > MAX_LEAKS_SHOWN else ""
        raise ReleaseError(f"release aborted: it would leak solutions or hidden checks:\n{shown}{more}")


def write_checks(course: Course, new: Path, notify: Notify = lambda words: None) -> None:
    """Write what checking needs: course.toml, stubs, public checks, and the reference's recorded answers.

    This is the part of a release that a notebook brings. `make_release` searches it for leaks.
    """
    points = {chapter.name: _count_points(course, chapter) for chapter in course.chapters}
    (new / "course.toml").write_text(course_text(course, points), encoding="utf-8", newline="\n")
    for path, text in make_stubs(course).items():
        _write(new / "exercises" / path.name, text)
        _write(new / "graders" / path.stem / "stub.py", text)  # what `dojo reset` goes back to
    _write_public_graders(course, new / "graders")
    released = load_course(new)
    for chapter in course.chapters:
        notify(f"{chapter.name}: recording the reference's answers")
        record_answers(course, released, chapter)


def _write_release(course: Course, new: Path, notify: Notify, wheel: bool) -> None:
    write_checks(course, new, notify)
    for name in COPIED_FILES:
        if (course.root / name).is_file():
            shutil.copyfile(course.root / name, new / name)
    for path in sorted((course.root / "runs").glob("*.py")):
        _write(new / "runs" / path.name, read_course_file(path).decode("utf-8"))
    for name, source in TEMPLATES.items():
        text = (files("torchdojo.authoring") / source).read_text(encoding="utf-8")
        for field, value in _words(course, new).items():
            text = text.replace(f"{{{field}}}", value)
        _write(new / name, text)
    if wheel:
        notify("building the engine")
        build_wheel(new / "wheels")


def _words(course: Course, new: Path) -> dict[str, str]:
    """Return what the templates say of this course, by field; the rest of `new` has been written."""
    drawn = [chapter.name for chapter in course.chapters if (new / "runs" / f"{chapter.name}.py").is_file()]
    return {
        "title": course.title,
        "chapter": course.chapters[0].name,
        "exercise": next((e.name for c in course.chapters for e in c.graded_exercises), course.chapters[0].name),
        "constraints": "-c constraints.txt " if (new / "constraints.txt").is_file() else "",
        "run": f"| `.venv/bin/dojo run {drawn[0]}` | train using your code and save a figure of the result |\n"
        if drawn
        else "",
    }


def _count_points(course: Course, chapter: Chapter) -> dict[str, tuple[float, float]]:
    """Return the points of each exercise that has checks, in public and in hidden ones."""
    found = {exercise.name: [0.0, 0.0] for exercise in chapter.graded_exercises}
    for check in Grader(course, chapter, Settings(NONE, b"")).checks().values():
        found[check.exercise.name][0 if check.public else 1] += check.points
    for name, (public, _) in found.items():
        if not public:
            raise CourseError(
                course.graders_folder(chapter), f"{name} has no public check: mark one of its checks public"
            )
    return {name: (public, hidden) for name, (public, hidden) in found.items()}


def _write_public_graders(course: Course, new: Path) -> None:
    """Write the public checks of all chapters, with what they use: probes, thresholds, and the author's own files."""
    graders = [course.graders_folder(chapter) for chapter in course.chapters]
    checks = {folder: _public_checks(folder) for folder in graders}
    shared = _shared_files([(folder, text) for folder in graders for text in checks[folder].values()])
    for chapter in course.chapters:
        folder = course.graders_folder(chapter)
        texts = [*checks[folder].values(), *(text for path, text in shared.items() if path.parent == folder)]
        probes = extract_probes(course.probes_file(chapter), texts)
        for name, text in {**checks[folder], PROBES: probes}.items():
            _write(new / folder.name / name, text)
        found = load_thresholds(folder).items()
        thresholds = {name: {"threshold": t} for name, t in found if f"def {name}(" in probes}
        if thresholds:
            _write(new / folder.name / "calibration.json", json.dumps({"probes": thresholds}, indent=1) + "\n")
        for path in find_data_files(folder, [*texts, *shared.values()]):
            copy = new / path.relative_to(folder.parent)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
    for path, text in shared.items():
        _write(new / path.relative_to(graders[0].parent), text)


def _public_checks(folder: Path) -> dict[str, str]:
    """Return the text of a chapter's public checks, by file."""
    found = {path.name: extract_public_checks(path) for path in sorted(folder.glob("test_*.py"))}
    return {name: text for name, text in found.items() if text is not None}


def _shared_files(checks: list[tuple[Path, str]]) -> dict[Path, str]:
    """Return what checks use of the author's fixtures and helpers, by file. checks: each text with its folder"""
    shared: dict[Path, str] = {}
    folders = list(dict.fromkeys(folder for folder, _ in checks))
    for folder in [*folders, *{folder.parent for folder in folders}]:
        path = folder / "conftest.py"
        if path.is_file():
            below = [*checks, *((path.parent, text) for path, text in shared.items())]
            shared[path] = extract_conftest(path, [text for home, text in below if folder in (home, home.parent)])
    return shared | extract_helpers([*checks, *((path.parent, text) for path, text in shared.items())])


def course_text(course: Course, points: dict[str, dict[str, tuple[float, float]]]) -> str:
    """Return the course.toml of a release: the keys that learners need, with the points of public and hidden checks."""
    lines = ["# Made by `dojo release`.", "released = true"]
    lines += _keys(course, CourseTable, COURSE_KEYS)
    for chapter in course.chapters:
        lines += ["", "[[chapter]]", *_keys(chapter, ChapterTable, CHAPTER_KEYS)]
        for exercise in chapter.exercises:
            lines += ["", "[[chapter.exercise]]", *_keys(exercise, ExerciseTable, EXERCISE_KEYS)]
            if exercise.by_hand:
                lines.append(f"points = {exercise.points:.12g}")
            else:
                public, hidden = points[chapter.name][exercise.name]
                lines += [f"points = {public:.12g}", f"hidden_points = {hidden:.12g}"]
            for item in exercise.rubric:
                lines += ["", "[[chapter.exercise.rubric]]", *_keys(item, RubricItemTable, RUBRIC_KEYS)]
    return "\n".join(lines) + "\n"


def _keys(part: Any, table: type[BaseModel], names: tuple[str, ...]) -> list[str]:
    """Return the lines of these keys of a part of the course, without those that have their table's default."""
    values = ((name, getattr(part, name)) for name in names)
    return [f"{name} = {_toml(value)}" for name, value in values if value != table.model_fields[name].default]


def _toml(value: str | float | list[str]) -> str:
    if isinstance(value, list):
        return "[" + "".join(f"\n    {_toml(item)}," for item in value) + "\n]"
    return toml_string(value) if isinstance(value, str) else f"{value:.12g}"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
