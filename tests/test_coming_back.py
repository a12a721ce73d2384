"""What a learner finds again: the hint of the check that failed, what was learnt, and when they last worked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.conftest import TESTS
from torchdojo.cli.main import cli
from torchdojo.course import load_course
from torchdojo.grading.result import CheckResult
from torchdojo.grading.status import CheckStatus
from torchdojo.learner.dates import describe_date
from torchdojo.learner.progress import Progress
from torchdojo.learner.session import CheckExercises, Session
from torchdojo.learner.state_files import write_state
from torchdojo.source.files import ParsedSource

RIGHT = (TESTS / "tiny/reference/ch1_tiny.py").read_text(encoding="utf-8")
WRONG = RIGHT.replace("return 2 * x", "return x * x")
HINT = "Multiplying x by itself squares it."
LEARNT = "Twice is not squared."


@pytest.fixture
def root(tiny_root: Path) -> Path:
    """The tiny course with a hint for one check, and what is learnt from its exercise."""
    path = tiny_root / "graders/ch1_tiny/test_double.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("@pytest.mark.public\n", f'@pytest.mark.public\n@pytest.mark.hint("{HINT}")\n', 1))
    path = tiny_root / "course.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("points = 2\n", f'points = 2\nlearnt = "{LEARNT}"\n'))
    return tiny_root


def fill(root: Path, text: str) -> None:
    (root / "exercises/ch1_tiny.py").write_text(text, encoding="utf-8")


def dojo(root: Path, *arguments: str) -> str:
    options = ["--sandbox", "none"] if arguments[0] in ("check", "list") else []
    done = CliRunner().invoke(cli, ["--course", str(root), *arguments, *options])
    assert done.exit_code in (0, 1), done.output
    return " ".join(done.output.split())


def remember(root: Path, status: CheckStatus, hint: str = "") -> None:
    progress = Progress(load_course(root), root / "exercises")
    progress.record(progress.course.chapters[0], [result(status, hint)])
    assert progress.save()


def test_the_hint_of_the_failing_check_comes_first_and_the_general_ones_after_it(root: Path) -> None:
    fill(root, WRONG)
    assert "hint 1 of 3" in dojo(root, "hint", "double")  # nothing is known of a check yet
    dojo(root, "check", "double")
    shown = [dojo(root, "hint", "double") for _ in range(4)]
    assert "hint for the check that fails" in shown[0]
    assert HINT in shown[0]
    assert "again for a stronger hint" in shown[0]
    assert ["hint 2 of 3" in shown[1], "hint 3 of 3" in shown[2], "hint 3 of 3" in shown[3]] == [True] * 3
    assert "hint 1 of 3" in dojo(root, "hint", "double", "--level", "1")


def test_a_checks_hint_is_forgotten_with_the_code_it_was_about(root: Path) -> None:
    fill(root, WRONG)
    remember(root, CheckStatus.FAILED, HINT)
    fill(root, WRONG.replace("x * x", "x ** 2"))
    assert HINT not in dojo(root, "hint", "double")
    fill(root, WRONG)
    assert HINT in dojo(root, "hint", "double")
    remember(root, CheckStatus.PASSED, HINT)
    assert HINT not in dojo(root, "hint", "double")


def test_watch_shows_the_hint_of_the_failing_check_first(root: Path) -> None:
    fill(root, WRONG)
    course = load_course(root)
    (chapter,) = course.chapters
    session = Session(Progress(course, root / "exercises"))
    (job,) = [a for a in session.start({"ch1_tiny": ParsedSource(WRONG.encode())}) if isinstance(a, CheckExercises)]
    session.progress.record(chapter, [result(CheckStatus.FAILED, HINT)])
    assert job.exercises[0].name == "double"
    session.press("h")
    assert (session.shown_hints.shows_check(session.current), session.shown_hints.level) == (True, 0)
    assert session.available_keys()["h"] == "stronger hint"
    for level in (1, 2, 3):
        session.press("h")
        assert session.shown_hints.level == level
    assert "h" not in session.available_keys()


def result(status: CheckStatus, hint: str = "") -> CheckResult:
    (chapter,) = load_course(TESTS / "tiny").chapters
    return CheckResult(chapter.id_of(chapter.exercises[0]), "values", "It is right", 2, status, hint=hint)


def test_what_was_learnt_is_shown_once_and_the_last_time_is_told(root: Path) -> None:
    fill(root, RIGHT)
    worked = (datetime.now().astimezone() - timedelta(days=9)).isoformat()
    write_state(root / ".torchdojo/progress.json", {"dates": {"ch1_tiny/Scale": {"worked": worked}}})
    shown = dojo(root, "check")
    assert LEARNT in shown
    assert "Last time: chapter 1, a week ago." in shown
    again = dojo(root, "check")
    assert LEARNT not in again
    assert "Last time" not in again  # the learner has worked today


def test_an_exercise_is_right_for_the_first_time_only_once(root: Path) -> None:
    fill(root, RIGHT)
    (chapter,) = load_course(root).chapters
    firsts = []
    for status in (CheckStatus.FAILED, CheckStatus.PASSED, CheckStatus.FAILED, CheckStatus.PASSED):
        progress = Progress(load_course(root), root / "exercises")
        progress.record(chapter, [result(status)])
        progress.save()
        firsts.append([identity.name for identity in progress.newly_passed])
    assert firsts == [[], ["double"], [], []]


NOW = datetime(2026, 3, 12, 20, 30, tzinfo=timezone(timedelta(hours=1)))  # a Thursday evening


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(hours=5), "this afternoon"),
        (timedelta(hours=18), "yesterday evening"),  # at half past two in the night
        (timedelta(hours=24), "yesterday evening"),
        (timedelta(days=1, hours=12), "yesterday morning"),
        (timedelta(days=2), "two evenings ago"),
        (timedelta(days=6, hours=6), "six afternoons ago"),
        (timedelta(days=8), "a week ago"),
        (timedelta(days=29), "four weeks ago"),
        (timedelta(days=40), "a month ago"),
        (timedelta(days=300), "10 months ago"),
        (timedelta(days=900), "over a year ago"),
    ],
)
def test_a_date_is_told_as_a_person_tells_it(ago: timedelta, words: str) -> None:
    assert describe_date((NOW - ago).astimezone(UTC), NOW.astimezone(UTC), NOW.tzinfo) == words


def test_days_are_counted_where_the_learner_is() -> None:
    """The same two moments are one day apart in Auckland and none in Lisbon."""
    then, now = datetime(2026, 3, 12, 10, tzinfo=UTC), datetime(2026, 3, 12, 18, tzinfo=UTC)
    assert describe_date(then, now, timezone(timedelta(hours=13))) == "yesterday evening"
    assert describe_date(then, now, UTC) == "this morning"


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.now = datetime.now().astimezone().replace(hour=20, minute=30)

    def __call__(self) -> datetime:
        return self.now


def test_progress_knows_when_the_learner_last_worked(root: Path) -> None:
    clock = Clock()
    fill(root, WRONG)

    def sitting(status: CheckStatus) -> str:
        progress = Progress(load_course(root), root / "exercises", clock)
        progress.record(progress.course.chapters[0], [result(status)])
        assert progress.save()
        return progress.last_time

    assert sitting(CheckStatus.FAILED) == ""
    clock.now += timedelta(hours=1)
    assert sitting(CheckStatus.FAILED) == ""  # still the same sitting
    clock.now += timedelta(days=2) - timedelta(hours=1)
    assert sitting(CheckStatus.FAILED) == "Last time: chapter 1, two evenings ago."
    clock.now += timedelta(hours=6)
    assert sitting(CheckStatus.FAILED) == "Last time: chapter 1, two evenings ago."  # checked, but not worked on
    fill(root, RIGHT)
    sitting(CheckStatus.PASSED)
    clock.now += timedelta(days=10)
    assert sitting(CheckStatus.PASSED) == "Last time: chapter 1, a week ago."
    clock.now -= timedelta(days=100)  # the machine's clock was wrong
    assert sitting(CheckStatus.PASSED) == ""


@pytest.mark.parametrize("damage", ["yesterday", "2026-03-12T20:30:00", 5, None, ["x"]])
def test_a_damaged_date_is_ignored(damage: object, root: Path) -> None:
    write_state(
        root / ".torchdojo/progress.json",
        {"dates": {"ch1_tiny/double": {"worked": damage}, "ch1_tiny/Scale": damage}},
    )
    assert Progress(load_course(root), root / "exercises").last_time == ""


def test_the_list_says_when_the_last_time_was(root: Path) -> None:
    worked = (datetime.now().astimezone() - timedelta(days=9)).isoformat()
    write_state(root / ".torchdojo/progress.json", {"dates": {"ch1_tiny/double": {"worked": worked}}})
    assert "Last time: chapter 1, a week ago." in dojo(root, "list")
