"""Mutants that a person judged to mean the same as the reference, each with the reason."""

from __future__ import annotations

import json

from torchdojo.course import Chapter, Course, CourseError

FILE = "equivalent.json"


def load_equivalents(course: Course, chapter: Chapter) -> dict[str, str]:
    """Return the reasons by "exercise/id" of the mutant; CourseError if the file is not such a table."""
    path = course.graders(chapter) / FILE
    if not path.is_file():
        return {}
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CourseError(path, f"is no JSON: {error}") from None
    if not isinstance(table, dict) or not all(isinstance(reason, str) and reason.strip() for reason in table.values()):
        raise CourseError(path, 'must be {"exercise/id of the mutant": "why it means the same"}')
    return table
