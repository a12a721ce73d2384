"""Which engine and which graders: two places that agree on this give the same verdicts."""

from __future__ import annotations

import hashlib
from pathlib import Path

import torchdojo
from torchdojo.course import Course
from torchdojo.grading.oracle import graders_hash

JUDGING_ROOMS = ("grading", "probe", "wire", "worker")
Version = tuple[str, dict[str, str]]


def version_of(course: Course) -> Version:
    """Return the hash of the engine, and that of each chapter's graders."""
    return engine_hash(), {chapter.name: graders_hash(course, chapter) for chapter in course.chapter}


def engine_hash() -> str:
    """Return a hash of the engine's code that verdicts depend on."""
    digest = hashlib.sha256(torchdojo.__version__.encode())
    for room in JUDGING_ROOMS:
        for path in sorted((Path(torchdojo.__file__).parent / room).rglob("*.py")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]
