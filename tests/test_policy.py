"""Late days, penalties, extra credit, extensions, exemptions: what they make of a score, and what is said of bad input."""

from __future__ import annotations

import csv
import io
import json
import os
import struct
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import TESTS
from tests.results import make_check, make_result
from torchdojo.batch.policy import Adjustment, Adjustments, adjust, count_days_late, doubts, is_adjusted
from torchdojo.batch.results import StoredResult
from torchdojo.batch.roster import Arrangement, Roster
from torchdojo.cli.main import cli
from torchdojo.collect.platforms import HandIn
from torchdojo.collect.submissions import SubmittedFile, collect_submissions
from torchdojo.course import Course, CourseError, load_course
from torchdojo.course.zone import add_days, in_zone
from torchdojo.files import csv_text
from torchdojo.grading.version import graders_hash
from torchdojo.review.decisions import Decisions
from torchdojo.review.grades import StudentGrades, grade_student
from torchdojo.review.tables import GradesTable, adjustments_table
from torchdojo.review.works import works_of

DUE = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOML = (TESTS / "tiny/course.toml").read_text()
POLICY = "[policy]\npenalty_per_day = 10\npenalty_cap = 50\ngrace_days = {free}\ngrace_minutes = 15\n"


def course_with(
    root: Path, *, free: int = 0, extra: bool = False, due: str = "2026-03-01T12:00:00Z", zone: str = ""
) -> Course:
    text = f'zone = "{zone}"\n' * bool(zone) + TOML.replace(
        "[[chapter]]\n", f"{POLICY.format(free=free)}\n[[chapter]]\ndue = {due}\n", 1
    )
    if extra:
        text = text.replace('name = "Scale"\n', 'name = "Scale"\nextra_credit = true\n')
    (root / "course.toml").write_text(text)
    return load_course(root)


def stored(student: str = "ada", **fields: Any) -> StoredResult:
    """Three points of three and a half, of two exercises."""
    checks = (make_check("double.values", "passed", 2.0, 2.0), make_check("Scale.forward", "failed", 1.5, 1.0))
    return StoredResult(student, make_result(*checks, **fields))


def adjusted(course: Course, late: timedelta, roster: Roster | None = None, mark: bool | None = None) -> Adjustment:
    file = SubmittedFile("ada", course.chapters[0], "x", b"", HandIn(DUE + late, mark))
    return adjust(course, roster, ["ada"], [file], [stored()])["ada", "ch1_tiny"]


def submitted(course: Course, sent: datetime, roster: Roster | None = None) -> Adjustment:
    file = SubmittedFile("ada", course.chapters[0], "x", b"", HandIn(sent))
    return adjust(course, roster, ["ada"], [file], [stored()])["ada", "ch1_tiny"]


def marked(course: Course, late: bool | None, roster: Roster | None = None, **options: Any) -> Adjustment:
    """Of a file without a platform's time, which was last changed twenty days after the due time."""
    file = SubmittedFile("ada", course.chapters[0], "x", b"", HandIn(late=late), DUE + timedelta(days=20))
    return adjust(course, roster, ["ada"], [file], [stored()], **options)["ada", "ch1_tiny"]


@pytest.mark.parametrize(
    ("late", "days", "score"),
    [
        (timedelta(days=-3), 0, 3.0),
        (timedelta(), 0, 3.0),
        (timedelta(minutes=15), 0, 3.0),
        (timedelta(minutes=16), 1, 2.7),
        (timedelta(days=1), 1, 2.7),
        (timedelta(days=1, minutes=15), 1, 2.7),
        (timedelta(days=1, minutes=15, seconds=1), 2, 2.4),
        (timedelta(days=30), 30, 1.5),
    ],
)
def test_each_day_begun_costs_its_share_up_to_the_cap(
    tiny_root: Path, late: timedelta, days: int, score: float
) -> None:
    one = adjusted(course_with(tiny_root), late)
    assert (one.raw, one.days_late, one.score) == (3.0, days, score)
    assert one.penalty == pytest.approx(3.0 - score)
    assert bool(one.reasons) == (days > 0)


def test_free_days_are_spent_in_the_order_of_chapters(tiny_root: Path) -> None:
    course = course_with(tiny_root, free=3)
    second = replace(course.chapters[0], name="ch2_tiny")
    both = replace(course, chapters=[course.chapters[0], second])
    files = [SubmittedFile("ada", chapter, "x", b"", HandIn(DUE + timedelta(days=2))) for chapter in both.chapters]
    results = [stored(), stored(chapter="ch2_tiny")]
    found = adjust(both, None, ["ada"], files, results)
    assert [(one.grace_days, one.score) for one in found.values()] == [(2, 3.0), (1, 2.7)]
    assert any("free late days" in reason for reason in found["ada", "ch2_tiny"].reasons)
    very_late = replace(files[0], hand_in=HandIn(DUE + timedelta(days=9)))  # at the cap also with the free days
    found = adjust(both, None, ["ada"], [very_late, files[1]], results)
    assert [(one.grace_days, one.score) for one in found.values()] == [(0, 1.5), (2, 3.0)]


@pytest.mark.parametrize(
    ("extension", "score"),
    [(timedelta(days=2), 3.0), (timedelta(days=1), 2.7), (DUE + timedelta(days=1), 2.7), (timedelta(), 2.4)],
)
def test_an_extension_moves_the_due_time(tiny_root: Path, extension: timedelta | datetime, score: float) -> None:
    roster = Roster(
        arrangements={("ada", "ch1_tiny"): Arrangement(extension), ("bob", ""): Arrangement(timedelta(days=9))}
    )
    assert adjusted(course_with(tiny_root), timedelta(days=2), roster).score == score


def test_the_time_in_the_roster_counts_before_the_files(tiny_root: Path) -> None:
    roster = Roster(arrangements={("ada", "ch1_tiny"): Arrangement(submitted=DUE + timedelta(hours=1))})
    assert adjusted(course_with(tiny_root), timedelta(days=20), roster, mark=True).days_late == 1


def test_a_platforms_mark_counts_where_it_gives_no_time(tiny_root: Path) -> None:
    course = course_with(tiny_root)
    assert marked(course, late=False).score == 3.0
    assert marked(course, late=True).score == 2.7
    assert marked(course, late=None).score == 3.0
    assert "without saying by how much" in " ".join(marked(course, late=True).reasons)
    roster = Roster(arrangements={("ada", ""): Arrangement(timedelta(days=3))})
    assert marked(course, late=True, roster=roster).score == 3.0


def test_a_platforms_time_says_more_than_its_mark(tiny_root: Path) -> None:
    course = course_with(tiny_root)
    assert adjusted(course, timedelta(days=20), mark=True).days_late == 20
    assert adjusted(course, timedelta(days=20), mark=False).days_late == 0  # the platform knows of another due date


def grades_table(
    course: Course, students: list[str], results: list[StoredResult], adjustments: Adjustments | None = None
) -> str:
    """Return grades.csv of a class about which nobody decided anything."""
    table = GradesTable(course, {stored.result.chapter for stored in results}, with_raw=adjustments is not None)
    rows = [table.header]
    for student in students:
        own = [stored for stored in results if stored.student == student]
        grades = grade_student(course, course.policy, student, works_of(own), adjustments or {}, Decisions())
        rows.append(table.row(StudentGrades(student, tuple(own), grades)))
    return csv_text(rows)


def test_exempt_leaves_the_total_and_the_maximum(tiny_root: Path) -> None:
    course = course_with(tiny_root)
    roster = Roster(arrangements={("ada", ""): Arrangement(exempt=True)})
    results = [stored(), stored("bob")]
    found = adjust(course, roster, ["ada", "bob", "cleo"], [], results)
    assert found["ada", "ch1_tiny"].exempt
    rows = list(csv.DictReader(io.StringIO(grades_table(course, ["ada", "bob", "cleo"], results, found))))
    assert [list(row.values()) for row in rows] == [
        ["ada", "", "0", "0", "3"],
        ["bob", "3", "3", "3.5", "3"],
        ["cleo", "", "0", "3.5", ""],
    ]


def test_extra_credit_counts_for_the_score_and_not_for_the_maximum(tiny_root: Path) -> None:
    course = course_with(tiny_root, extra=True)
    found = adjust(course, None, ["ada"], [], [stored()])
    one = found["ada", "ch1_tiny"]
    assert (one.score, one.max_score, one.extra) == (3.0, 2.0, 1.0)
    (row,) = csv.DictReader(io.StringIO(grades_table(course, ["ada"], [stored()], found)))
    assert list(row) == ["student", "ch1_tiny", "total", "max", "ch1_tiny raw"]
    assert (row["total"], row["max"]) == ("3", "2")


def test_a_grader_error_stays_without_a_score(tiny_root: Path) -> None:
    course = course_with(tiny_root)
    file = SubmittedFile("ada", course.chapters[0], "x", b"", HandIn(DUE + timedelta(days=5)))
    one = adjust(course, None, ["ada"], [file], [stored(status="grader_error")])["ada", "ch1_tiny"]
    assert (one.raw, one.score, one.grace_days, one.penalty) == (None, None, 0, 0.0)
    results = [stored(status="grader_error")]
    for found in (None, {("ada", "ch1_tiny"): one}):  # what was not judged leaves the maximum, too
        assert grades_table(course, ["ada"], results, found).splitlines()[1].startswith("ada,,0,0")


def test_without_policy_the_table_is_as_it_was(tiny_course: Course) -> None:
    assert not is_adjusted(tiny_course, None)
    assert grades_table(tiny_course, ["ada"], [stored()]).splitlines() == [
        "student,ch1_tiny,total,max",
        "ada,3,3,3.5",
    ]


@given(st.integers(-10, 4000), st.integers(0, 30))
def test_a_penalty_takes_no_more_than_its_cap_and_later_is_never_better(hours: int, more: int) -> None:
    course = load_course(TESTS / "tiny")
    policy = type(course.policy)(penalty_per_day=7.5, penalty_cap=60, grace_days=2)
    chapter = replace(course.chapters[0], due=DUE)
    course = replace(course, policy=policy, chapters=[chapter])
    one, later = (adjusted(course, timedelta(hours=h)) for h in (hours, hours + more))
    assert one.score is not None
    assert later.score is not None
    assert 3.0 * 0.4 - 1e-9 <= later.score <= one.score <= 3.0
    assert Adjustment.from_dict(json.loads(json.dumps(one.to_dict()))) == one


ZONES = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]
# The Saturdays before the clocks change in some of these zones, forward or back, and one without a change.
SATURDAYS = ["2026-03-07", "2026-03-28", "2026-04-04", "2026-06-13", "2026-10-03", "2026-10-24", "2026-10-31"]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("saturday", SATURDAYS)
@pytest.mark.parametrize(("late", "days"), [("0:00:00", 0), ("0:15:00", 0), ("0:16:00", 1)])
def test_a_day_is_one_on_the_clocks_also_when_they_change(
    tiny_root: Path, zone: str, saturday: str, late: str, days: int
) -> None:
    course = course_with(tiny_root, due=f"{saturday}T23:59:00", zone=zone)
    due = datetime.fromisoformat(f"{saturday}T23:59:00")
    hours, minutes, seconds = map(int, late.split(":"))
    grace = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    for after in range(4):
        sent = (due + timedelta(days=after)).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) + grace
        assert submitted(course, sent).days_late == after + days


def test_the_day_of_a_change_has_23_hours_or_25(tiny_root: Path) -> None:
    for due, hours in (("2026-03-28T23:59:00", 23), ("2026-10-24T23:59:00", 25)):
        course = course_with(tiny_root, due=due, zone="Europe/Berlin")
        start = course.chapters[0].due
        assert start
        assert submitted(course, start + timedelta(hours=hours, minutes=15)).days_late == 1
        assert submitted(course, start + timedelta(hours=hours, minutes=16)).days_late == 2


def test_days_of_an_extension_are_days_on_the_clocks(tiny_root: Path) -> None:
    course = course_with(tiny_root, due="2026-03-28T23:59:00", zone="Europe/Berlin")
    sent = datetime(2026, 3, 30, 0, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    for days, due in ((1, "Sun 29 March 2026 23:59 CEST"), (1.5, "Mon 30 March 2026 11:59 CEST")):
        roster = Roster(arrangements={("ada", ""): Arrangement(timedelta(days=days))})
        one = submitted(course, sent, roster)
        assert one.reasons[0] == f"You had an extension, until {due}."
        assert one.days_late == (1 if days == 1 else 0)
    one = submitted(course, sent, Roster(arrangements={("ada", ""): Arrangement(datetime(2026, 3, 30, tzinfo=UTC))}))
    assert one.reasons == ("You had an extension, until Mon 30 March 2026 02:00 CEST.",)


def test_a_student_reads_times_on_the_courses_clocks(tiny_root: Path) -> None:
    course = course_with(tiny_root, due="2026-03-28T23:59:00", zone="Europe/Berlin")
    one = submitted(course, datetime(2026, 3, 29, 22, 30, tzinfo=UTC))
    words = "Submitted Mon 30 March 2026 00:30 CEST, due Sat 28 March 2026 23:59 CET: 2 days late."
    assert one.reasons[0] == words
    assert (one.to_dict()["submitted"], one.to_dict()["due"]) == (
        "2026-03-30T00:30:00+02:00",
        "2026-03-28T23:59:00+01:00",
    )
    own_offset = course_with(tiny_root, due="2026-03-28T23:59:00+05:30")
    (reason, _) = submitted(own_offset, datetime(2026, 3, 29, 22, 30, tzinfo=UTC)).reasons
    assert reason.startswith("Submitted Mon 30 March 2026 04:00 UTC+05:30, due Sat 28 March 2026 23:59 UTC+05:30")


def test_a_time_without_a_zone_is_in_the_courses(tiny_root: Path) -> None:
    course = course_with(tiny_root, due="2026-03-28T23:59:00", zone="America/New_York")
    assert submitted(course, datetime(2026, 3, 29, 0, 10)).days_late == 0
    assert submitted(course, datetime(2026, 3, 29, 0, 20)).days_late == 1
    course = course_with(
        tiny_root, due="2026-11-01T01:30:00", zone="America/New_York"
    )  # the second 01:30 of that night
    one = submitted(course, datetime(2026, 11, 1, 1, 50))
    assert (one.days_late, str(one.submitted)) == (0, "2026-11-01 01:50:00-04:00")


def at_most_days(low: datetime, high: datetime) -> st.SearchStrategy[datetime]:
    return st.datetimes(low, high).map(lambda moment: moment.replace(tzinfo=UTC))


@given(
    at_most_days(datetime(2025, 1, 1), datetime(2027, 1, 1)),
    at_most_days(datetime(2025, 1, 1), datetime(2027, 1, 1)),
    st.timedeltas(timedelta(), timedelta(days=60)),
    st.integers(0, 1440),
    st.sampled_from(ZONES),
    st.timezones(),
)
def test_late_days_grow_with_time_and_are_the_same_in_every_zone(
    due: datetime, sent: datetime, more: timedelta, grace: int, name: str, elsewhere: ZoneInfo
) -> None:
    zone, minutes = ZoneInfo(name), timedelta(minutes=grace)
    days = count_days_late(due, sent, zone, grace)
    assert days <= count_days_late(due, sent + more, zone, grace)
    assert days >= count_days_late(due, sent, zone, min(1440, grace + 60))
    whole = sent.replace(microsecond=0)
    assert whole <= add_days(due, days, zone) + minutes
    assert days == 0 or whole > add_days(due, days - 1, zone) + minutes
    assert count_days_late(in_zone(due, elsewhere), in_zone(sent, elsewhere), zone, grace) == days


def test_times_at_the_ends_of_the_calendar_end_nothing() -> None:
    zone = ZoneInfo("Europe/Berlin")
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=timezone(timedelta(hours=-12)))
    assert count_days_late(DUE, last, zone, 15) > 2_000_000
    assert count_days_late(last, DUE, zone, 15) == count_days_late(DUE, first, zone, 15) == 0
    assert count_days_late(first, last, zone, 0) > 3_000_000


def test_a_files_own_time_counts_only_where_asked_for(tiny_root: Path) -> None:
    course = course_with(tiny_root)
    one = marked(course, late=None)
    assert (one.days_late, one.submitted, one.time_from, one.reasons) == (0, None, "", ())
    one = marked(course, late=None, hand_in_times="files")
    assert (one.days_late, one.time_from, one.score) == (20, "file", 1.5)
    assert one.reasons[0].startswith(
        "Your file was last changed Sat 21 March 2026 12:00 UTC, due Sun 1 March 2026 12:00 UTC: 20 days"
    )
    assert marked(course, late=False, hand_in_times="files").days_late == 0
    roster = Roster(arrangements={("ada", "ch1_tiny"): Arrangement(submitted=DUE)})
    assert marked(course, late=True, roster=roster, hand_in_times="files").time_from == "roster"


@pytest.mark.parametrize("has_utc", [False, True])
def test_the_time_in_a_zip_is_on_the_courses_clocks(tmp_path: Path, tiny_root: Path, has_utc: bool) -> None:
    course = course_with(tiny_root, due="2026-03-28T23:59:00", zone="Asia/Kolkata")
    seconds = int(datetime(2026, 3, 28, 18, 30, tzinfo=UTC).timestamp())  # a minute after the due time in UTC
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        info = zipfile.ZipInfo("ada/ch1_tiny.py", (2026, 3, 28, 23, 50, 0))
        info.extra = struct.pack("<HHBl", 0x5455, 5, 1, seconds) * has_utc
        archive.writestr(info, "x = 1\n")
    files = collect_submissions(tmp_path / "in.zip", course).files
    one = adjust(course, None, ["ada"], files, [stored()], "files")["ada", "ch1_tiny"]
    assert one.submitted
    assert f"{one.submitted:%d %H:%M}" == ("29 00:00" if has_utc else "28 23:50")


def class_of(course: Course, days: list[int | None], time_from: str = "platform") -> Adjustments:
    """A class that submitted so many days late; None for whom no time is known."""
    chapter = course.chapters[0]
    return {
        (str(n), chapter.name): Adjustment(
            str(n),
            chapter.name,
            3.0,
            3.0,
            3.5,
            due=DUE,
            days_late=late or 0,
            time_from="" if late is None else time_from,
        )
        for n, late in enumerate(days)
    }


def test_a_class_without_times_is_told_in_one_line(tiny_root: Path) -> None:
    course = course_with(tiny_root)
    (line,) = doubts(course, class_of(course, [None] * 25))
    assert line.startswith("NO HAND-IN TIME: 25 submissions have no hand-in time, so no lateness was applied. Use ")
    assert "--hand-in-times files" in line
    assert "roster" in line
    (line,) = doubts(course, class_of(course, [0, None, 3]))
    assert line.startswith("NO HAND-IN TIME: 1 of 3 submissions has no hand-in time, so no lateness was applied to it.")
    (line,) = doubts(course, class_of(course, [None]))
    assert line.startswith("NO HAND-IN TIME: 1 submission has no hand-in time, so no lateness was applied. ")


@pytest.mark.parametrize(
    ("days", "source", "words"),
    [
        (
            [273] * 24 + [0],
            "file",
            "24 of 25 submissions of ch1_tiny are late, typically by 273 days: are these the times",
        ),
        (
            [1, 1, 1, 1, 0],
            "platform",
            "4 of 5 submissions of ch1_tiny are late, typically by 1 day: are these times right",
        ),
        ([1, 1, 1, 1, 0], "mark", "is the due date on the platform right?"),
        ([31], "file", "1 of 1 submission of ch1_tiny is late, typically by 31 days"),
        ([300, 300, 0], "roster", "2 of 3 submissions of ch1_tiny are late, typically by 300 days"),
    ],
)
def test_a_class_that_is_late_as_a_whole_is_doubted(tiny_root: Path, days: list[int], source: str, words: str) -> None:
    course = course_with(tiny_root)
    (line,) = doubts(course, class_of(course, [*days], source))
    assert words in line


@pytest.mark.parametrize("days", [[], [0] * 25, [1, 1, 1, 0, 0], [1, 1, 1, 1], [2, 200, 0, 0, 0], [30, 30, 0]])
def test_a_class_like_others_is_not_doubted(tiny_root: Path, days: list[int]) -> None:
    course = course_with(tiny_root)
    assert doubts(course, class_of(course, [*days])) == []


def test_a_time_in_the_future_is_doubted(tiny_root: Path) -> None:
    course = course_with(tiny_root)
    found = {
        key: replace(one, submitted=DUE + timedelta(days=one.days_late))
        for key, one in class_of(course, [0, 365, 0], "roster").items()
    }
    (line,) = doubts(course, found, now=DUE + timedelta(days=3))
    assert line == (
        "HAND-IN TIME IN THE FUTURE: 1 ch1_tiny on Mon 1 March 2027 12:00 UTC (from the roster): is this time right?"
    )
    assert doubts(course, found, now=DUE + timedelta(days=365)) == []


def test_without_a_due_date_no_time_is_missed(tiny_course: Course) -> None:
    found = adjust(tiny_course, Roster(), ["ada"], [], [stored()])
    assert len(found) == 1
    assert doubts(tiny_course, found) == []


def test_a_due_date_regrades_nobody(tiny_root: Path, tiny_course: Course) -> None:
    course = course_with(tiny_root, extra=True)
    assert graders_hash(course, course.chapters[0]) == graders_hash(tiny_course, tiny_course.chapters[0])


@pytest.mark.parametrize(
    ("due", "words"),
    [("2026-03-01T12:00:00", "needs a time zone"), ('"soon"', "due"), ("2026-03-01", "due")],
)
def test_a_due_date_that_is_none_names_its_line(tiny_root: Path, due: str, words: str) -> None:
    with pytest.raises(CourseError, match=words) as caught:
        course_with(tiny_root, due=due)
    text = (tiny_root / "course.toml").read_text().splitlines()
    assert caught.value.line
    assert text[caught.value.line - 1].startswith("due")


@pytest.mark.parametrize("wrong", ["penalty_per_day = 101", "grace_days = -1", "penalty = 3", 'penalty_cap = "all"'])
def test_a_policy_that_is_none_names_its_line(tiny_root: Path, wrong: str) -> None:
    (tiny_root / "course.toml").write_text(TOML.replace("[[chapter]]\n", f"[policy]\n{wrong}\n\n[[chapter]]\n", 1))
    with pytest.raises(CourseError) as caught:
        load_course(tiny_root)
    assert caught.value.line
    assert (tiny_root / "course.toml").read_text().splitlines()[caught.value.line - 1] == wrong


def test_dojo_grade_with_a_policy_and_a_roster(tmp_path: Path, tiny_root: Path) -> None:
    course_with(tiny_root)
    reference = (TESTS / "tiny/reference/ch1_tiny.py").read_bytes()
    for name in ("ada", "eve"):
        (tmp_path / "in" / name).mkdir(parents=True)
        (tmp_path / "in" / name / "ch1_tiny.py").write_bytes(reference)
    roster = "student,name,chapter,submitted,exempt\nada,Ada,ch1_tiny,2026-03-02T13:00Z,\nbob,Bob,,,yes\n"
    (tmp_path / "roster.csv").write_text(roster)
    arguments = ["--course", tiny_root, "grade", tmp_path / "in", "--out", tmp_path / "out", "--sandbox", "none"]
    done = CliRunner().invoke(cli, [*map(str, arguments), "--roster", str(tmp_path / "roster.csv"), "--jobs", "1"])
    assert done.exit_code == 0, done.output
    assert "1 not in the roster: eve" in done.output
    rows = {row["student"]: row for row in csv.DictReader((tmp_path / "out/grades.csv").open())}
    assert (rows["ada"]["ch1_tiny"], rows["ada"]["ch1_tiny raw"], rows["ada"]["max"]) == ("2.8", "3.5", "3.5")
    assert (rows["bob"]["ch1_tiny"], rows["bob"]["max"]) == ("", "0")
    (ada, *_) = csv.DictReader((tmp_path / "out/adjustments.csv").open())
    assert (ada["days_late"], ada["penalty"]) == ("2", "0.7")
    assert "2 days late" in ada["reasons"]
    (result, _) = (json.loads(text) for text in (tmp_path / "out/results.jsonl").read_text().splitlines())
    assert result["score"] == 3.5
    assert "adjustments" not in result


def test_dojo_grade_uses_the_files_times_only_where_asked_for(tmp_path: Path, tiny_root: Path) -> None:
    course_with(tiny_root, zone="Europe/Berlin")
    reference = (TESTS / "tiny/reference/ch1_tiny.py").read_bytes()
    for name in "ab":
        file = tmp_path / "in" / name / "ch1_tiny.py"
        file.parent.mkdir(parents=True)
        file.write_bytes(reference)
        os.utime(file, ((DUE + timedelta(days=273)).timestamp(),) * 2)
    arguments = ["--course", tiny_root, "grade", tmp_path / "in", "--out", tmp_path / "out", "--sandbox", "none"]
    for options, words, score in (
        ([], "NO HAND-IN TIME: 2 submissions have no hand-in time", "3.5"),
        (["--hand-in-times", "files"], "2 of 2 submissions of ch1_tiny are late, typically by 273 days", "1.75"),
    ):
        done = CliRunner().invoke(cli, [*map(str, arguments), *options])
        assert done.exit_code == 0, done.output
        assert done.output.count(words) == 1
        assert words in (tmp_path / "out/report.html").read_text()
        rows = list(csv.DictReader((tmp_path / "out/grades.csv").open()))
        assert {row["ch1_tiny"] for row in rows} == {score}
        page = (tmp_path / "out/feedback/a/ch1_tiny.html").read_text()
        times = "Your file was last changed Sun 29 November 2026 13:00 CET, due Sun 1 March 2026 13:00 CET"
        assert (times in page) == bool(options)
        assert ("late" in page.partition("<body>")[2]) == bool(options)
    again = CliRunner().invoke(cli, ["--course", str(tiny_root), "report", str(tmp_path / "out")])
    assert again.exit_code == 0, again.output
    assert words in (tmp_path / "out/report.html").read_text()


def test_the_table_of_adjustments(tiny_root: Path) -> None:
    course = course_with(tiny_root)
    text = adjustments_table(course, [Adjustment("=ada", "ch1_tiny", 3.0, 2.7, 3.5, days_late=1)])
    assert text.splitlines()[1] == "'=ada,ch1_tiny,3,2.7,3.5,,,1,0,0,0,no,,"
