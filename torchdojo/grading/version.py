"""Hash what decides a verdict: an earlier verdict counts only while these hashes are the same.

Nothing here imports torch, because `dojo list` and `dojo hint` need both hashes each time they start.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import platform
import re
from collections.abc import Collection, Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torchdojo
from torchdojo.course.errors import CourseError

if TYPE_CHECKING:
    from torchdojo.course import Chapter, Course

ENGINE = Path(torchdojo.__file__).parent
# The rooms above grading. Everything else decides verdicts, so a new room does too until it is named here.
# tests/test_version.py follows the imports of whatever decides a verdict, and fails if they lead into one of these.
ABOVE = (
    "archives",
    "authoring",
    "batch",
    "cli",
    "collect",
    "desk",
    "learner",
    "nbgrader",
    "notebooks",
    "pytest_plugin",
    "report",
    "review",
    "verify",
)
PACKAGES = ("hypothesis", "numpy", "pillow", "pydantic", "pytest", "safetensors", "torch", "torchvision")
# A verdict does not depend on these: a new due date, a better hint or what people grade must not regrade anything.
IGNORED = ("due", "title", "short")  # of a chapter
IGNORED_OF_EXERCISES = ("extra_credit", "hints", "read", "graded_by", "rubric")
OVERLAYS = ("accepted", "mistakes")
ATTACKS = "hostile"  # the folder beside the chapters' that decides nothing
RECORDING = "recorded.bin"
RECORDING_HEAD = 256  # bytes of a recording; they hold a digest of the rest, which its reader checks


@functools.cache
def engine_hash(*rooms: str) -> str:
    """Return a hash of the engine's files that decide verdicts, and of the versions they run on.

    rooms: rooms above grading that the caller's verdicts also pass through. The hash is computed once per process: what
    changes on the disk later is not in the code that is loaded here.
    """
    digest = hashlib.sha256(repr(package_versions()).encode())
    for name in engine_files(*rooms):
        _add(digest, ENGINE, name)
    return digest.hexdigest()[:16]


def engine_files(*rooms: str) -> list[str]:
    """Return the engine's files that decide verdicts: everything but the rooms above grading, except for `rooms`."""
    return _files(ENGINE, set(ABOVE) - set(rooms))


@functools.cache
def package_versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that verdicts pass through, "none" for one not installed."""
    return {"python": platform.python_version(), **{name: _version(name) for name in PACKAGES}}


def _version(package: str) -> str:
    """Return a package's version. importlib.metadata.version parses all metadata, which takes ten times as long."""
    try:
        text = distribution(package).read_text("METADATA") or ""
    except PackageNotFoundError:
        return "none"
    match = re.search(r"^Version: *(.*)$", text, re.MULTILINE)
    return match[1] if match else "no version"


def graders_hash(course: Course, chapter: Chapter, *, overlays: bool = True) -> str:
    """Return a hash of everything in the course that a verdict on this chapter depends on.

    overlays: include the known mistakes and accepted answers. They name failures, but do not decide points.
    """
    digest = hashlib.sha256(repr((course.gpu, course.released)).encode())
    folder = course.graders_folder(chapter)
    for name in _files(folder, () if overlays else OVERLAYS):
        _add(digest, folder, name)
    # What all chapters' checks share, such as conftest.py, is beside their folders.
    others = {course.graders_folder(other).name for other in course.chapters}
    for name in _files(folder.parent, {*others, ATTACKS}):
        _add(digest, folder.parent, name)
    reference = course.reference_file(chapter)
    if not course.released and reference.is_file():
        _add(digest, reference.parent, reference.name)
    digest.update(_declared(chapter).encode())
    return digest.hexdigest()[:16]


def _declared(chapter: Chapter) -> str:
    """Return as JSON what course.toml says of a chapter that a verdict depends on."""
    exercises = [_without(vars(exercise), IGNORED_OF_EXERCISES) for exercise in chapter.graded_exercises]
    # A kind that is the default counts no more than one that is not written down.
    ignored = (*IGNORED, "kind") if chapter.kind == "torch" else IGNORED
    declared = _without({**vars(chapter), "exercises": exercises}, ignored)
    return json.dumps(declared, separators=(",", ":"), ensure_ascii=False)


def _without(values: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in names}


def _files(root: Path, excluded: Collection[str] = ()) -> list[str]:
    """Return the files below a folder by relative path, without caches and hidden files.

    excluded: folders directly below it. No Path is created: with hundreds of files they would take most of the time.
    """
    files = []
    for folder, folders, names in os.walk(root):
        below = os.path.relpath(folder, root).replace(os.sep, "/") + "/"
        below = "" if below == "./" else below
        skipped_folders = {"__pycache__", *(excluded if not below else ())}
        folders[:] = [name for name in folders if name not in skipped_folders and not name.startswith(".")]
        files += [below + name for name in names if not name.startswith(".")]
    return sorted(files)


def _add(digest: Any, root: Path, name: str) -> None:
    """Add a file's name and content to a digest."""
    try:
        with open(f"{root}/{name}", "rb") as file:
            content = file.read(RECORDING_HEAD if name == RECORDING else -1)
    except OSError as error:
        raise CourseError(root / name, f"cannot be read: {error.strerror}") from None
    digest.update(f"{name}\0{len(content)}\0".encode())
    digest.update(content)
