"""The texts that a submission can be compared with: the reference, the stub, earlier hand-ins, and other students'."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from torchdojo.batch.store import EarlierHandIn, StoredRun
from torchdojo.course import Chapter, Course, CourseError
from torchdojo.course.files import read_course_file
from torchdojo.course.stub import StubError, make_stub
from torchdojo.course.zone import describe_time
from torchdojo.desk.submission_code import comparable_reference
from torchdojo.report.highlight import decode

REFERENCE, STUB, EARLIER, STUDENT = "reference", "stub", "earlier:", "student:"


@dataclass(frozen=True)
class OtherText:
    """A text to compare a submission's with.

    key: what the address calls it; label: what it is, for people; read: returns the text, CourseError if it cannot
    time, score: of an earlier hand-in: until when it counted, and its points before adjustments
    """

    key: str
    label: str
    read: Callable[[], str]
    time: str = ""
    score: float | None = None


def course_comparisons(course: Course, chapter: Chapter, text: str, stub: str) -> list[OtherText]:
    """Return what of the course a text can be compared with. A release has no reference.

    stub: the chapter's, "" if it cannot be made
    """
    choices = [OtherText(STUB, "the stub", lambda: comparable_reference(stub, text))] if stub else []
    if not course.released and course.reference_file(chapter).is_file():
        choices.insert(0, OtherText(REFERENCE, "the reference", lambda: _reference(course, chapter, text)))
    return choices


def stub_text(course: Course, chapter: Chapter) -> str:
    """Return a chapter's stub, "" if it cannot be made."""
    reference, shipped = course.reference_file(chapter), course.stub_file(chapter)
    try:
        if reference.is_file():
            return make_stub(decode(read_course_file(reference)))
        return decode(read_course_file(shipped))
    except (CourseError, StubError):
        return ""


def _reference(course: Course, chapter: Chapter, text: str) -> str:
    return comparable_reference(decode(read_course_file(course.reference_file(chapter))), text)


def earlier_comparisons(course: Course, earlier: Sequence[EarlierHandIn]) -> list[OtherText]:
    """Return a student's earlier hand-ins, in their order; one that could not be read is an empty text."""
    choices = []
    for number, hand_in in enumerate(earlier, start=1):
        moment = datetime.fromisoformat(hand_in.replaced).astimezone(course.tzinfo)
        time = describe_time(moment.replace(second=0))
        read = partial(decode, hand_in.source or b"")
        label = f"the hand-in that was replaced on {time}"
        choices.append(OtherText(f"{EARLIER}{number}", label, read, time, hand_in.result.score))
    return choices


def student_comparison(run: StoredRun, student: str, chapter: Chapter) -> OtherText | None:
    """Return another student's submission of the chapter, None if there is none to read."""
    source = run.source(student, chapter.name)
    key, label = f"{STUDENT}{student}", f"the submission of {student}"
    return None if source is None else OtherText(key, label, partial(decode, source))
