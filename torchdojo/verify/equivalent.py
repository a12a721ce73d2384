"""Read which mutants a person judged to be equivalent to the reference, and why."""

from __future__ import annotations

from torchdojo.course import Chapter, Course, CourseError, read_json

FILE = "equivalent.json"


def load_equivalents(course: Course, chapter: Chapter) -> dict[str, str]:
    """Return the reasons by "exercise/id" of the mutant; CourseError if the file holds anything else."""
    path = course.graders_folder(chapter) / FILE
    if not path.exists():
        return {}
    table = read_json(path)
    if not isinstance(table, dict) or not all(isinstance(reason, str) and reason.strip() for reason in table.values()):
        raise CourseError(path, 'must be {"exercise/id of the mutant": "why it means the same"}')
    for key in table:
        if chapter.find(key.partition("/")[0]) is None:
            raise CourseError(path, f"{key!r} is not of an exercise of {chapter.name}")
    return table
