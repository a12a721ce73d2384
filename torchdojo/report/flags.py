"""Flag submissions and students that need a person: not graded, stopped, forbidden, hit by a grader error, behind."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from enum import StrEnum

from torchdojo.batch.results import StoredResult
from torchdojo.collect.submissions import FileNote, Submissions
from torchdojo.course import Course
from torchdojo.grading.result import CheckResult, Result
from torchdojo.grading.status import CheckStatus, ResultStatus
from torchdojo.report.sanitize import shorten
from torchdojo.review.decisions import Decisions
from torchdojo.review.grade import Grade


class FileProblem(StrEnum):
    """Why a student's files were not graded: none is a chapter's, or several are and it is unclear which one counts."""

    NO_FILE_GRADED = "no_file_graded"
    UNCLEAR_FILE = "unclear_file"


class ReviewProblem(StrEnum):
    """What people have still to decide: a request, or again, because what they decided was about something else."""

    OPEN_REQUEST = "open_request"
    DECISION_IN_DOUBT = "decision_in_doubt"


class ClassProblem(StrEnum):
    """Who may need help: a student with no submission at all, and one who is behind most of the class."""

    NOTHING_HANDED_IN = "nothing_handed_in"
    LOWEST_THIRD = "lowest_third"


Reason = CheckStatus | ResultStatus | FileProblem | ReviewProblem | ClassProblem
URGENCY: tuple[Reason, ...] = (
    *(CheckStatus.GRADER_ERROR, FileProblem.NO_FILE_GRADED, FileProblem.UNCLEAR_FILE),
    *(ReviewProblem.OPEN_REQUEST, ReviewProblem.DECISION_IN_DOUBT),
    *(CheckStatus.CRASHED, CheckStatus.FORBIDDEN),
    *(CheckStatus.MEMORY, CheckStatus.TIMEOUT, ResultStatus.REJECTED),
    *(ClassProblem.NOTHING_HANDED_IN, ClassProblem.LOWEST_THIRD),
)
MAX_MESSAGE_CHARACTERS = 240
MAX_FILES = 3  # that a message names


@dataclass(frozen=True, slots=True)
class Flag:
    """Why a submission needs attention: the reason, the exercises concerned, and the first message.

    page: the name of the student's page; chapter: the chapter's short title, "" if it concerns no single one
    """

    student: str
    page: str
    chapter: str
    reason: Reason
    where: str
    message: str


def find_flags(stored: StoredResult, short_title: str, *, is_unclear: bool = False) -> list[Flag]:
    """Return a flag for each reason. short_title: the chapter's; is_unclear: whether no file of several was chosen"""
    flags = []
    for reason, flagged in _checks_by_reason(stored.result, is_unclear).items():
        message = flagged[0].finding.got or flagged[0].message if flagged else stored.result.message
        names = Counter(check.exercise.name for check in flagged)
        where = ", ".join(f"{name} ({count})" if count > 1 else name for name, count in names.items())
        flags.append(
            Flag(
                stored.student,
                stored.result.chapter,
                short_title,
                reason,
                where,
                shorten(message)[:MAX_MESSAGE_CHARACTERS],
            )
        )
    return flags


def _checks_by_reason(result: Result, is_unclear: bool) -> dict[Reason, list[CheckResult]]:
    if result.status is ResultStatus.REJECTED:
        return {FileProblem.UNCLEAR_FILE if is_unclear else ResultStatus.REJECTED: []}
    flagged: dict[Reason, list[CheckResult]] = {}
    for check in result.checks:
        if check.status.needs_review:
            flagged.setdefault(check.status, []).append(check)
    if result.status is ResultStatus.GRADER_ERROR:
        flagged.setdefault(CheckStatus.GRADER_ERROR, [])
    return flagged


def find_doubts(grade: Grade, short_title: str) -> list[Flag]:
    """Return a flag for each override that somebody should look at again. short_title: the chapter's"""
    page, reason = grade.chapter, ReviewProblem.DECISION_IN_DOUBT
    return [Flag(grade.student, page, short_title, reason, doubt.item, doubt.words) for doubt in grade.doubts]


def find_requests(course: Course, decisions: Decisions) -> list[Flag]:
    """Return a flag for each request of a student that is not answered."""
    return [
        Flag(student, name, chapter.short, ReviewProblem.OPEN_REQUEST, one.request.item, shorten(one.request.text))
        for (student, name), requests in decisions.requests.items()
        for one in requests
        if one.answer is None and (chapter := course.find(name))
    ]


def find_ungraded(collected: Submissions) -> list[Flag]:
    """Return a flag for each student who handed in files of which none is graded."""
    by_student: dict[str, list[FileNote]] = defaultdict(list)
    for note in collected.file_notes:
        by_student[note.student].append(note)
    flags = []
    for student in collected.students:
        notes = by_student.get(student, [])
        if notes and not any(note.chapter for note in notes):
            told = [note for note in notes if not note.is_routine] or notes
            named = [f"{note.shown or 'the folder'}: {note.note}" for note in told[:MAX_FILES]]
            more = f"\n… and {len(told) - MAX_FILES:,} more" if len(told) > MAX_FILES else ""
            message = shorten("\n".join(named)) + more
            flags.append(Flag(student, "index", "", FileProblem.NO_FILE_GRADED, "", message))
    return flags


def most_urgent_first(flags: list[Flag]) -> list[Flag]:
    """Return the flags by reason, then by student."""
    return sorted(flags, key=lambda flag: (URGENCY.index(flag.reason), flag.student))
