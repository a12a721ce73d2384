"""Write the exercise files, which are stubs made from the references."""

from __future__ import annotations

from pathlib import Path

from torchdojo.course import Course
from torchdojo.course.stub import make_chapter_stub
from torchdojo.files import write_atomically


def make_stubs(course: Course) -> dict[Path, str]:
    """Return the text of every exercise file of the course."""
    return {course.exercise_file(chapter): make_chapter_stub(course, chapter) for chapter in course.chapters}


def write_stubs(course: Course) -> list[Path]:
    """Write every exercise file that differs from its reference's stub; return those written."""
    stale = find_stale_stubs(course)
    for path, text in stale.items():
        write_atomically(path, text, create_folder=True)
    return list(stale)


def find_stale_stubs(course: Course) -> dict[Path, str]:
    """Return the exercise files that differ from their reference's stub, each with that stub."""
    stubs = make_stubs(course).items()
    return {p: text for p, text in stubs if not p.is_file() or p.read_bytes() != text.encode("utf-8")}
