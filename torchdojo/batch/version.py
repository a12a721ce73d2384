"""Which engine and which graders grade here: two machines that agree on this give the same verdicts."""

from __future__ import annotations

from torchdojo.course import Course
from torchdojo.grading.version import engine_hash, graders_hash, package_versions
from torchdojo.sandbox import Tier

ROOMS = ("batch",)  # what a verdict of a batch passes through above grading
Version = tuple[str, dict[str, str], dict[str, str]]


def version_of(course: Course) -> Version:
    """Return the hash of the engine, that of each chapter's graders, and the versions of the packages in use."""
    graders = {chapter.name: graders_hash(course, chapter) for chapter in course.chapter}
    return engine_hash(*ROOMS), graders, package_versions()


def keys_of(course: Course, tier: Tier) -> dict[str, str]:
    """Return, by chapter, what a verdict depends on beside the submission: the engine, the graders, the sandbox."""
    engine, graders, _ = version_of(course)
    return {name: f"{engine}:{code}:{tier.name}" for name, code in graders.items()}
