"""Make a mistake to recognise from the reference."""

from __future__ import annotations

from torchdojo.authoring.scaffold.changes import Changes
from torchdojo.authoring.scaffold.code_text import copy_definition
from torchdojo.authoring.scaffold.names import check_name
from torchdojo.authoring.scaffold.template import fill
from torchdojo.course import Chapter, Course, Exercise, parse_course_file
from torchdojo.grading.grader import Grader, Settings
from torchdojo.sandbox.backend import NONE


def new_mistake(course: Course, chapter: Chapter, exercise: Exercise, name: str) -> Changes:
    """Write an exercise's solution as a mistake, for its author to make the mistake in; return what was written.

    It names every check of the exercise as one that must fail, until the author leaves out those that pass.
    """
    folder = course.graders_folder(chapter) / "mistakes" / exercise.name
    check_name("a mistake", name, [path.stem for path in folder.glob("*.py")])
    found = Grader(course, chapter, Settings(NONE, b"")).checks().values()
    checks = [f'"{check.check}"' for check in found if check.exercise.name == exercise.name]
    fails = ", ".join(checks) + ("," if len(checks) == 1 else "")
    head = fill("mistake/mistake.py", {"exercise": str(chapter.id_of(exercise)), "fails": fails})
    changes = Changes()
    changes.add(
        folder / f"{name}.py", head + copy_definition(parse_course_file(course.reference_file(chapter)), exercise.name)
    )
    changes.write(lambda: None)
    return changes
