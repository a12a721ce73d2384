"""Make what learners get: exercises, public checks with recorded answers, the engine; never an answer."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

from torchdojo import __version__
from torchdojo.authoring.engine import build_wheel
from torchdojo.authoring.leaks import find_leaks
from torchdojo.authoring.record import record
from torchdojo.authoring.secrets import secrets_of
from torchdojo.authoring.split import probes_named, public_checks
from torchdojo.authoring.stub import stubs
from torchdojo.course import Chapter, Course, CourseError, load_course
from torchdojo.grading import Grader, Settings
from torchdojo.sandbox import NONE

MANIFEST = "release.json"
CARRIED = ("constraints.txt", "LICENSE")
WRITTEN = {"Makefile": "release_makefile.txt", "README.md": "release_readme.md", ".gitignore": "release_gitignore.txt"}
COURSE_KEYS = ("title",)
CHAPTER_KEYS = ("name", "title", "short", "check_seconds", "memory_mb")
EXERCISE_KEYS = ("name", "hints", "builds_on", "read", "forbids", "allows")
Notify = Callable[[str], None]


class ReleaseError(Exception):
    """A release that cannot be made, or not there, in words."""


def make_release(course: Course, out: Path, notify: Notify = lambda words: None, *, wheel: bool = True) -> Path:
    """Make a release of a course in the folder `out`, whole or not at all; return the folder.

    `out` must be missing, empty, or hold an older release that nobody has changed since. What begins with a dot there,
    such as .git, is kept. wheel: put the engine in. ReleaseError, or CourseError for what is wrong with the course.
    """
    if course.released:
        raise ReleaseError(f"{course.root} is a release itself; make releases where the reference is")
    out = Path(os.path.abspath(out))
    if out == course.root.resolve() or out in course.root.resolve().parents:
        raise ReleaseError(f"{out} holds the course itself; take a folder of its own")
    guard(out)
    new = out
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
        new.chmod(0o755)
        _fill(course, new, notify, wheel)
        notify("looking for leaks")
        leaks = find_leaks(new, secrets_of(course))
        if leaks:
            shown = "\n".join(f"  {leak}" for leak in leaks[:20])
            raise ReleaseError(f"nothing was released, because it would give away what must stay here:\n{shown}")
        _write_manifest(course, new)
        _put_in_place(new, out)
    except OSError as error:
        raise ReleaseError(f"{error.filename or out} cannot be written: {error.strerror}") from None
    finally:
        if new != out:
            shutil.rmtree(new, ignore_errors=True)
    return out


def guard(out: Path) -> None:
    """Refuse a folder that holds anything but an unchanged older release."""
    if not out.exists() and not out.is_symlink():
        return
    if out.is_symlink() or not out.is_dir():
        raise ReleaseError(f"{out} is not a folder")
    there = [path.name for path in out.iterdir() if not path.name.startswith(".")]
    if not there:
        return
    try:
        known: dict[str, str] = json.loads((out / MANIFEST).read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError):
        raise ReleaseError(f"{out} is not empty, and no release that could be replaced") from None
    changed = [name for name, digest in known.items() if _digest_of(out / name) not in (digest, None)]
    foreign = sorted(set(there) - {name.split("/")[0] for name in known} - {MANIFEST})
    added = sorted(set(_files_of(out)) - set(known) - {MANIFEST})
    for words, names in (("was changed", changed), ("is not of the release", foreign or added)):
        if names:
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            raise ReleaseError(f"{out} holds an older release, but {names[0]}{more} {words}: move it away first")


def _files_of(folder: Path) -> list[str]:
    """Return the files below a folder, without what begins with a dot and what Python keeps for itself."""
    found = []
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if not any(part == "__pycache__" for part in parts) and not parts[0].startswith(".") and not path.is_dir():
            found.append("/".join(parts))
    return found


def _digest_of(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def write_checks(course: Course, new: Path, notify: Notify = lambda words: None) -> None:
    """Write what checking needs: course.toml, stubs, public checks, and what the reference gives for them.

    Of the release this is what a chapter's notebook carries. Nothing is scanned here; `make_release` does that.
    """
    points = {chapter.name: _points_of(course, chapter) for chapter in course.chapter}
    (new / "course.toml").write_text(course_text(course, points), encoding="utf-8", newline="\n")
    for path, text in stubs(course).items():
        _write(new / "exercises" / path.name, text)
        _write(new / "graders" / path.stem / "stub.py", text)  # what `dojo reset` goes back to
    for chapter in course.chapter:
        _split(course, chapter, new / "graders" / chapter.name)
    released = load_course(new)
    for chapter in course.chapter:
        notify(f"{chapter.name}: recording what the reference gives")
        record(course, released, chapter)


def _fill(course: Course, new: Path, notify: Notify, wheel: bool) -> None:
    write_checks(course, new, notify)
    for name in CARRIED:
        if (course.root / name).is_file():
            shutil.copyfile(course.root / name, new / name)
    for path in sorted((course.root / "runs").glob("*.py")):
        _write(new / "runs" / path.name, path.read_text(encoding="utf-8"))
    for name, source in WRITTEN.items():
        text = (files("torchdojo.authoring") / source).read_text(encoding="utf-8")
        _write(new / name, text.replace("{title}", course.title))
    if wheel:
        notify("building the engine")
        build_wheel(new / "wheels")


def _points_of(course: Course, chapter: Chapter) -> dict[str, tuple[float, float]]:
    """Return each exercise's points in public and in hidden checks."""
    found = {exercise.name: [0.0, 0.0] for exercise in chapter.exercise}
    for check in Grader(course, chapter, Settings(NONE, b"")).checks():
        found[check.exercise.partition("/")[2]][0 if check.public else 1] += check.points
    for name, (public, _) in found.items():
        if not public:
            raise CourseError(course.graders(chapter), f"{name} has no public check: mark one of its checks public")
    return {name: (public, hidden) for name, (public, hidden) in found.items()}


def _split(course: Course, chapter: Chapter, folder: Path) -> None:
    """Write a chapter's public checks, their probes and their thresholds."""
    source = course.graders(chapter)
    checks = {path.name: public_checks(path) for path in sorted(source.glob("test_*.py"))}
    kept = {name: text for name, text in checks.items() if text is not None}
    for name, text in kept.items():
        _write(folder / name, text)
    probes = probes_named(source / "probes.py", kept.values())
    _write(folder / "probes.py", probes)
    calibration = source / "calibration.json"
    if calibration.is_file():
        record = json.loads(calibration.read_text(encoding="utf-8"))["probes"]
        known = {name: {"threshold": e["threshold"]} for name, e in record.items() if f"def {name}(" in probes}
        if known:
            _write(folder / "calibration.json", json.dumps({"probes": known}, indent=1) + "\n")


def course_text(course: Course, points: dict[str, dict[str, tuple[float, float]]]) -> str:
    """Return course.toml as learners get it: the keys they need, and points as their checks give them."""
    lines = ["# What this course holds. It was made by `dojo release`.", "released = true"]
    lines += _keys(course, COURSE_KEYS)
    for chapter in course.chapter:
        lines += ["", "[[chapter]]", *_keys(chapter, CHAPTER_KEYS)]
        for exercise in chapter.exercise:
            public, hidden = points[chapter.name][exercise.name]
            lines += ["", "[[chapter.exercise]]", *_keys(exercise, EXERCISE_KEYS)]
            lines += [f"points = {public:g}", f"hidden_points = {hidden:g}"]
    return "\n".join(lines) + "\n"


def _keys(part: Any, names: tuple[str, ...]) -> list[str]:
    values = ((name, getattr(part, name)) for name in names)
    return [f"{name} = {_toml(value)}" for name, value in values if value is not None and value != []]


def _toml(value: str | float | list[str]) -> str:
    if isinstance(value, list):
        return "[" + "".join(f"\n    {_toml(item)}," for item in value) + "\n]"
    # A TOML basic string escapes as JSON does, but for DEL.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f") if isinstance(value, str) else f"{value:g}"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def _write_manifest(course: Course, new: Path) -> None:
    for folder in list(new.rglob("__pycache__")):
        shutil.rmtree(folder)
    names = [*_files_of(new), *(name for name in WRITTEN if name.startswith("."))]
    table = {name: _digest_of(new / name) for name in names}
    document = {"course": course.title, "torchdojo": __version__, "files": table}
    _write(new / MANIFEST, json.dumps(document, indent=1, ensure_ascii=False) + "\n")


def _put_in_place(new: Path, out: Path) -> None:
    """Exchange the folders; what begins with a dot in the old one, and is not of the release, moves along."""
    if not out.exists():
        new.rename(out)
        return
    old = new.with_name(f"{new.name}.old")
    out.rename(old)
    try:
        new.rename(out)
    except OSError:
        old.rename(out)
        raise
    for path in old.iterdir():
        if path.name.startswith(".") and path.name not in WRITTEN:
            path.rename(out / path.name)
    shutil.rmtree(old)
