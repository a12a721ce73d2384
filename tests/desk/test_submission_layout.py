"""Checks are beside the lines that they are about, whatever a submission or its messages say."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Tiny
from tests.results import make_check, make_result
from torchdojo.batch.results import StoredResult
from torchdojo.course import Course
from torchdojo.desk.submission_code import code_rows
from torchdojo.desk.submission_layout import Block, ExercisePanel, arrange, exercise_panels, notes_by_line
from torchdojo.grading.failure import Finding
from torchdojo.grading.result import Result
from torchdojo.review.decisions import Decisions
from torchdojo.review.grades import grade_student
from torchdojo.review.works import works_of

TEXT = "import torch\n\ndef double(x):\n    return x\n\nclass Scale:\n    pass\n"


def lay_out(course: Course, result: Result, text: str) -> list[Block]:
    works = works_of([StoredResult("ada", result)])
    grade = grade_student(course, course.policy, "ada", works, {}, Decisions())[result.chapter]
    panels = exercise_panels(course.chapters[0], result, text, grade)
    return arrange(code_rows(text), notes_by_line(panels, []))


def failing(name: str, line: int | None, status: str = "failed", title: str = "") -> Result:
    return make_result(make_check(name, status, 1, title=title, finding=Finding(got="3", line=line)))


def test_a_failed_check_is_beside_its_line_and_its_exercise_links_to_it(tiny: Tiny) -> None:
    text = tiny.with_double("if x.numel() == 0:\n    raise ValueError('x')\nreturn x / torch.zeros(3, 7)")
    blocks = lay_out(tiny.course, tiny.grade(text), text)
    row, raised = next((block.row, block.notes.checks) for block in blocks if block.notes and block.notes.checks)
    assert row is not None
    assert "zeros" in row.html
    assert {panel.view.status for panel in raised} == {"error"}
    double = next(e for b in blocks if b.notes for e in b.notes.exercises if e.exercise.name == "double")
    assert double.elsewhere == [panel for panel in raised if panel.check.exercise.name == "double"]
    assert (double.grade.earned, double.grade.points) == (sum(panel.check.earned for panel in double.checks), 2)


def test_a_check_without_a_line_is_with_its_definition(tiny_course: Course) -> None:
    blocks = lay_out(tiny_course, failing("double.is_twice", None), TEXT)
    double = next(b for b in blocks if b.row is not None and b.row.number == 3)
    assert double.notes is not None
    (panel,) = double.notes.exercises
    assert [check.check.check for check in panel.shown_here(done=False)] == ["is_twice"]
    assert [row.number for row in double.rest] == [4, 5]


def test_a_passed_check_is_with_its_definition_even_if_it_says_a_line(tiny_course: Course) -> None:
    blocks = lay_out(tiny_course, failing("double.is_twice", 1, "passed"), TEXT)
    assert blocks[0].rest[0].number == 1
    assert [len(p.shown_here(done=True)) for b in blocks if b.notes for p in b.notes.exercises] == [1, 0]


def test_an_exercise_that_is_not_defined_comes_first(tiny_course: Course) -> None:
    (first, *_) = lay_out(tiny_course, failing("double.is_twice", None), "x = 1\n")
    assert first.row is None
    assert first.notes is not None
    assert [panel.exercise.name for panel in first.notes.exercises] == ["double", "Scale"]


@given(
    st.lists(st.tuples(st.sampled_from(["double", "Scale"]), st.none() | st.integers(-2, 12)), max_size=6),
    st.booleans(),
)
def test_every_line_and_every_check_is_shown_once(
    tiny_course: Course, lines: list[tuple[str, int | None]], is_defined: bool
) -> None:
    text = TEXT if is_defined else "\n" * 8
    checks = [
        replace(make_check(f"{name}.c{i}", "failed", 1), finding=Finding(line=line))
        for i, (name, line) in enumerate(sorted(lines, key=lambda one: one[0]))
    ]
    blocks = lay_out(tiny_course, make_result(*checks), text)
    rows = [row.number for block in blocks for row in [block.row, *block.rest] if row is not None]
    assert rows == list(range(1, len(code_rows(text)) + 1))
    notes = [block.notes for block in blocks if block.notes]
    panels: list[ExercisePanel] = [panel for note in notes for panel in note.exercises]
    shown = [one.check.check for note in notes for one in note.checks]
    shown += [one.check.check for panel in panels for done in (True, False) for one in panel.shown_here(done=done)]
    assert sorted(shown) == sorted(check.check for check in checks)
    assert sorted(panel.exercise.name for panel in panels) == ["Scale", "double"]
