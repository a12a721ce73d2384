"""What people decide about results, and what counts then."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.results import make_check, make_result
from torchdojo.batch.policy import Adjustment
from torchdojo.batch.store import Store, StoredRun
from torchdojo.course import Course
from torchdojo.course.model import Policy
from torchdojo.grading.result import Result
from torchdojo.grading.status import CheckStatus
from torchdojo.review.decision import (
    Answer,
    CheckMode,
    Comment,
    Decision,
    Override,
    RegradeRequest,
    Reviewed,
    ReviewTarget,
    SwitchCheck,
    Undo,
)
from torchdojo.review.decisions import Conflict, Decisions, decide
from torchdojo.review.grade import Grade
from torchdojo.review.grades import all_grades, grade_student
from torchdojo.review.log import FILE, ReviewLog, ReviewsError
from torchdojo.review.works import Work, target_of

CHAPTER = "ch1_tiny"
ADA = ReviewTarget(student="ada", chapter=CHAPTER, submission="a")


def work() -> Result:
    """A result in which `double` has 1 of 2 points and `Scale` 1.5 of 1.5."""
    return make_result(
        make_check("double.values", "failed", 1.0),
        make_check("double.shape", "passed", 1.0, 1.0),
        make_check("Scale.values", "passed", 1.5, 1.5),
    )


@pytest.fixture
def log(tmp_path: Path) -> ReviewLog:
    return ReviewLog(tmp_path)


def graded(course: Course, log: ReviewLog, result: Result | None = None, **adjusted: float) -> Grade:
    """Return ada's grade. adjusted: fields of an adjustment, if lateness counts"""
    works = {CHAPTER: Work.of("ada", result or work())}
    late = {("ada", CHAPTER): Adjustment("ada", CHAPTER, 2.5, 2.5, 3.5, **adjusted)} if adjusted else {}  # type: ignore[arg-type]
    policy = Policy(penalty_per_day=10)
    return grade_student(course, policy, "ada", works, late, Decisions.of(log.entries()))[CHAPTER]


def points(item: str, points: float | None = None, reason: str = "half right", **fields: object) -> Override:
    earned = Work.of("ada", work()).earned(item)
    target = ADA.model_copy(update={"earned": earned})
    return Override(targets=(target,), item=item, points=points, reason=reason, **fields)  # type: ignore[arg-type]


def test_nothing_decided_leaves_the_score_of_the_checks(tiny_course: Course, log: ReviewLog) -> None:
    grade = graded(tiny_course, log)
    assert (grade.score, grade.max_score, grade.explanation) == (2.5, 3.5, "2.5 from checks")
    assert not grade.is_changed


def test_points_of_an_exercise_come_before_lateness(tiny_course: Course, log: ReviewLog) -> None:
    decide(log, "tina", points("double", 1.75))
    grade = graded(tiny_course, log, days_late=1)
    assert (grade.raw, grade.earned, grade.score) == (2.5, 3.25, 2.92)
    assert grade.explanation == "2.5 from checks, +0.75 by review: double: half right, −0.33 late"


def test_points_of_a_chapter_are_the_final_word(tiny_course: Course, log: ReviewLog) -> None:
    decide(log, "tina", points("", 3, "as agreed"))
    grade = graded(tiny_course, log, days_late=3)
    assert grade.score == 3
    assert grade.explanation.endswith("= 3 by review: as agreed")


@pytest.mark.parametrize(
    ("status", "score", "max_score"),
    [(CheckStatus.PASSED, 3.5, 3.5), (CheckStatus.FAILED, 2.5, 3.5), (CheckStatus.SKIPPED, 2.5, 2.5)],
)
def test_a_verdict_on_a_check(
    tiny_course: Course, log: ReviewLog, status: CheckStatus, score: float, max_score: float
) -> None:
    decide(log, "tina", points("double/values", status=status))
    grade = graded(tiny_course, log)
    assert (grade.score, grade.max_score) == (score, max_score)


@pytest.mark.parametrize(
    ("mode", "score", "max_score"), [(CheckMode.FULL_POINTS, 3.5, 3.5), (CheckMode.LEFT_OUT, 2.5, 2.5)]
)
def test_a_wrong_check_is_switched_off(
    tiny_course: Course, log: ReviewLog, mode: CheckMode, score: float, max_score: float
) -> None:
    check = f"{CHAPTER}/double/values"
    decide(log, "tina", SwitchCheck(check=check, mode=mode, reason="the text allows both"))
    assert (graded(tiny_course, log).score, graded(tiny_course, log).max_score) == (score, max_score)
    decide(log, "tina", SwitchCheck(check=check, mode=CheckMode.ON))
    assert graded(tiny_course, log).score == 2.5


def test_a_core_check_that_is_switched_off_caps_nothing(tiny_course: Course, log: ReviewLog) -> None:
    """Its exercise earned a quarter of 2 points while it failed."""
    capped = make_result(
        make_check("double.values", "failed", 1.0, core=True), make_check("double.shape", "passed", 1.0, 0.5)
    )
    assert graded(tiny_course, log, capped).score == 0.5
    decide(log, "tina", SwitchCheck(check=f"{CHAPTER}/double/values", mode=CheckMode.LEFT_OUT))
    grade = graded(tiny_course, log, capped)
    assert (grade.score, grade.max_score) == (1.0, 1.0)


def test_a_guess_earns_its_points_once_a_person_accepts_the_values(tiny_course: Course, log: ReviewLog) -> None:
    from torchdojo.grading.scoring import score_exercises

    result = make_result(
        make_check("double.values", "failed", 1.0), make_check("double.raises", "passed", 1.0, 1.0, kinds={"raises"})
    )
    score_exercises(result.checks)
    assert graded(tiny_course, log, result).score == 0
    decide(log, "tina", Override(targets=(ADA,), item="double/values", status=CheckStatus.PASSED))
    assert graded(tiny_course, log, result).score == 2


def test_an_override_is_flagged_where_the_verdict_changed_and_suspended_where_the_submission_did(
    tiny_course: Course, log: ReviewLog
) -> None:
    decide(log, "tina", points("double", 1.75))
    better = make_result(*(make_check(f"double.{name}", "passed", 1.0, 1.0) for name in ("values", "shape")))
    grade = graded(tiny_course, log, better)
    assert grade.score == 1.75
    assert [doubt.words for doubt in grade.doubts] == ["double: was 1 when this was written, is 2 now"]
    better.submission = "another"
    grade = graded(tiny_course, log, better)
    assert grade.score == 2
    assert [(doubt.item, doubt.suspended) for doubt in grade.doubts] == [("double", True)]


def test_withdrawing_and_undoing(tiny_course: Course, log: ReviewLog) -> None:
    first = decide(log, "tina", points("double", 1.75))
    second = decide(log, "tina", points("double", 0))
    assert graded(tiny_course, log).score == 1.5
    undo = decide(log, "tina", Undo(of=second.id))
    assert graded(tiny_course, log).score == 3.25
    decide(log, "tina", Undo(of=undo.id))
    assert graded(tiny_course, log).score == 1.5
    decide(log, "tina", points("double"))
    assert graded(tiny_course, log).score == 2.5
    assert first.id in Decisions.of(log.entries()).entries


def test_one_decision_about_many_is_undone_as_one(log: ReviewLog) -> None:
    many = tuple(ReviewTarget(student=f"s{n}", chapter=CHAPTER, submission="a", earned=0) for n in range(25))
    entry = decide(log, "tina", Override(targets=many, item="double", points=1, reason="sign"))
    assert len(Decisions.of(log.entries()).overrides) == 25
    decide(log, "tina", Undo(of=entry.id))
    assert not any(Decisions.of(log.entries()).overrides.values())


def test_who_decides_without_having_seen_the_last_decision_is_told(log: ReviewLog) -> None:
    seen = decide(log, "tina", points("double", 1)).id
    decide(log, "tom", points("double", 2))
    with pytest.raises(Conflict, match="tom decided about this in the meantime") as raised:
        decide(log, "tina", points("double", 1.5), seen=seen)
    assert [entry.by for entry in raised.value.entries] == ["tom"]
    decide(log, "tina", points("Scale", 1), seen=seen)  # about something else
    assert len(log.entries()) == 3


def test_comments_are_edited_and_deleted(log: ReviewLog) -> None:
    first = decide(log, "tina", Comment(targets=(ADA,), text="Look at `dim`.", item="double", line=3))
    second = decide(log, "tom", Comment(targets=(ADA,), text="Look at `keepdim`.", replaces=first.id))
    (comment,) = Decisions.of(log.entries()).comments["ada", CHAPTER]
    assert (comment.comment.text, comment.id) == ("Look at `keepdim`.", second.id)
    with pytest.raises(Conflict):
        decide(log, "tina", Comment(targets=(ADA,), text="Mine.", replaces=first.id), seen=first.id)
    decide(log, "tom", Comment(targets=(ADA,), text="", replaces=second.id))
    assert Decisions.of(log.entries()).comments["ada", CHAPTER] == []


def test_requests_and_marks(log: ReviewLog) -> None:
    request = decide(log, "ada", RegradeRequest(targets=(ADA,), text="I used einsum.", item="double"))
    decide(log, "tina", Reviewed(targets=(ADA,)))
    decide(log, "tina", Answer(request=request.id, text="You are right."))
    now = Decisions.of(log.entries())
    assert [one.answer_text for one in now.requests["ada", CHAPTER]] == ["You are right."]
    assert now.reviewed["ada", CHAPTER].entry.by == "tina"
    decide(log, "tom", Reviewed(targets=(ADA,), reviewed=False))
    assert not Decisions.of(log.entries()).reviewed


def test_points_without_a_submission_count(tiny_course: Course, tmp_path: Path) -> None:
    with Store(tmp_path, tiny_course) as store:
        store.save("bob", work(), "v", b"text")
        store.finish(["ada", "bob"], {("bob", CHAPTER)})
    with StoredRun(tmp_path, tiny_course) as run:
        target = target_of(run, "ada", CHAPTER)
        decide(ReviewLog(tmp_path), "tina", Override(targets=(target,), item="", points=2, reason="on paper"))
        grades = {one.student: one.grades for one in all_grades(run, Decisions.read(tmp_path))}
        assert target_of(run, "bob", CHAPTER, "double").earned == 1
    assert grades["ada"][CHAPTER].score == 2
    assert grades["ada"][CHAPTER].max_score == tiny_course.chapters[0].points
    assert grades["bob"][CHAPTER].score == 2.5


# --- The file -------------------------------------------------------------------------------------------------------

KINDS: list[Decision] = [
    points("double", 1.0),
    Comment(targets=(ADA,), text="ü\n\u2028 \"'"),
    Reviewed(targets=(ADA,)),
    SwitchCheck(check="a/b/c", mode=CheckMode.LEFT_OUT),
    Undo(of="x"),
]


def test_every_kind_is_read_as_it_was_written(log: ReviewLog) -> None:
    for kind in KINDS:
        decide(log, "tina", kind)
    assert [entry.decision for entry in ReviewLog(log.path.parent).entries()] == KINDS
    assert log.path.read_bytes().count(b"\n") == len(KINDS)


@given(cut=st.integers(1, 400))
def test_half_a_line_is_no_decision_and_loses_no_other(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    """Of a crash while a line is written, the others stay, and the next one is whole."""
    log = ReviewLog(tmp_path_factory.mktemp("torn"))
    decide(log, "tina", KINDS[0])
    whole = log.path.read_bytes()
    second = decide(log, "tina", KINDS[1])
    data = log.path.read_bytes()
    log.path.write_bytes(data[: min(len(whole) + cut, len(data))])
    kept = ReviewLog(log.path.parent)
    expected = [KINDS[0], KINDS[1]] if second in kept.entries() else [KINDS[0]]
    assert [entry.decision for entry in kept.entries()] == expected
    decide(kept, "tina", KINDS[2])
    assert [entry.decision for entry in ReviewLog(log.path.parent).entries()] == [*expected, KINDS[2]]


def test_lines_merged_in_any_order_are_the_same_decisions(log: ReviewLog) -> None:
    for kind in KINDS:
        decide(log, "tina", kind)
    before = log.entries()
    lines = log.path.read_bytes().split(b"\n")[:-1]
    log.path.write_bytes(b"\n".join([*reversed(lines), lines[0], b""]))
    assert ReviewLog(log.path.parent).entries() == before


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("<<<<<<< HEAD", "line 2 is a conflict mark of git. Keep the lines of both sides"),
        ("{", "line 2 is not a decision"),
        (json.dumps({"id": "1", "at": "x", "by": "y", "decision": {"kind": "odd"}}), "line 2 is not a decision"),
    ],
)
def test_a_damaged_line_is_named(log: ReviewLog, line: str, message: str) -> None:
    decide(log, "tina", KINDS[0])
    with log.path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    with pytest.raises(ReviewsError, match=message):
        ReviewLog(log.path.parent).entries()


def test_a_clock_that_was_set_back_changes_no_order(log: ReviewLog, monkeypatch: pytest.MonkeyPatch) -> None:
    first = decide(log, "tina", KINDS[0])

    class Early(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime(2020, 1, 1, tzinfo=UTC)

    monkeypatch.setattr("torchdojo.review.log.datetime", Early)
    second = decide(log, "tina", KINDS[1])
    assert second.at > first.at


def test_many_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    def write(writer: int) -> list[str]:
        log = ReviewLog(tmp_path)
        return [decide(log, f"w{writer}", KINDS[0]).id for _ in range(20)]

    with ThreadPoolExecutor(8) as pool:
        written = {one for ids in pool.map(write, range(8)) for one in ids}
    assert {entry.id for entry in ReviewLog(tmp_path).entries()} == written
    assert len(written) == 160


def test_a_writer_that_is_killed_loses_nothing_that_it_reported(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from torchdojo.review.decision import *; from torchdojo.review.decisions import decide\n"
        "from torchdojo.review.log import ReviewLog\n"
        "log = ReviewLog(Path(sys.argv[1]))\n"
        "while True: print(decide(log, 'w', SwitchCheck(check='a/b/c' * 2000, mode='left_out')).id, flush=True)\n"
    )
    for _ in range(3):
        with subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True) as one:
            assert one.stdout
            reported = [one.stdout.readline().strip() for _ in range(15)]
            os.kill(one.pid, signal.SIGKILL)
            reported += [line.strip() for line in one.stdout if line.endswith("\n")]
        assert set(reported) <= {entry.id for entry in ReviewLog(tmp_path).entries()}
    decide(ReviewLog(tmp_path), "tina", KINDS[0])
    assert (tmp_path / FILE).read_bytes().endswith(b"\n")
