"""What a batch's verdicts depend on: machines that agree on it give the same verdicts."""

from __future__ import annotations

from typing import NamedTuple

from torchdojo.course import Course
from torchdojo.grading.accelerators import available_accelerators
from torchdojo.grading.version import engine_hash, graders_hash, package_versions
from torchdojo.sandbox.backend import SandboxBackend

ROOMS = ("archives", "batch", "collect", "notebooks")  # what a verdict of a batch passes through above grading


class Version(NamedTuple):
    """The hash of the engine, that of each chapter's graders, and the versions of the packages in use."""

    engine: str
    graders: dict[str, str]
    packages: dict[str, str]

    @classmethod
    def installed(cls, course: Course) -> Version:
        """Return the version in this process."""
        graders = {chapter.name: graders_hash(course, chapter) for chapter in course.chapters}
        return cls(engine_hash(*ROOMS), graders, package_versions())


def chapter_versions(course: Course, backend: SandboxBackend, *rooms: str) -> dict[str, str]:
    """Return, by chapter, what a verdict depends on besides the submission.

    That is the engine, the graders, the sandbox, and the devices of this machine. rooms: rooms above batch that the
    caller's verdicts also pass through
    """
    engine, devices = engine_hash(*ROOMS, *rooms), "+".join(available_accelerators(course))
    return {
        chapter.name: f"{engine}:{graders_hash(course, chapter)}:{backend.name}:{devices}"
        for chapter in course.chapters
    }
