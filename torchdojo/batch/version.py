"""Which engine and which graders grade here: two machines that agree on this give the same verdicts."""

from __future__ import annotations

from torchdojo.course import Course
from torchdojo.grading.grader import available_accelerators
from torchdojo.grading.version import engine_hash, graders_hash, package_versions
from torchdojo.sandbox.backend import SandboxBackend

ROOMS = ("batch", "notebooks")  # what a verdict of a batch passes through above grading
Version = tuple[str, dict[str, str], dict[str, str]]


def version_of(course: Course) -> Version:
    """Return the hash of the engine, that of each chapter's graders, and the versions of the packages in use."""
    graders = {chapter.name: graders_hash(course, chapter) for chapter in course.chapters}
    return engine_hash(*ROOMS), graders, package_versions()


def keys_of(course: Course, backend: SandboxBackend, *rooms: str) -> dict[str, str]:
    """Return, by chapter, what a verdict depends on beside the submission.

    That is the engine, the graders, the sandbox, and where placement is checked on this machine. rooms: rooms above
    batch that the caller's verdicts pass through, too.
    """
    engine, place = engine_hash(*ROOMS, *rooms), f"{backend.name}:{'+'.join(available_accelerators(course))}"
    return {chapter.name: f"{engine}:{graders_hash(course, chapter)}:{place}" for chapter in course.chapters}
