"""What changed since the last completed run, and why; and what a run would change."""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from tests.results import CHAPTER, make_check, make_result
from torchdojo.batch.policy import Adjustment
from torchdojo.batch.store import Store
from torchdojo.cli.main import cli
from torchdojo.course import Course
from torchdojo.files import WriteError
from torchdojo.grading.result import Result as Graded
from torchdojo.review.changes import Cause, Change, ChangeSummary, compare_grades, counted_items, pair_grades
from torchdojo.review.decision import CheckMode, Override, SwitchCheck
from torchdojo.review.decisions import decide
from torchdojo.review.last_run import CHANGES, LAST_RUN, changes_of_last_run, complete_run, regraded
from torchdojo.review.log import ReviewLog
from torchdojo.review.record import (
    CheckRecord,
    CountedPoints,
    ExerciseRecord,
    GradeRecord,
    LateRecord,
    RecordsError,
    SavedRecords,
    open_records,
    saving,
)
from torchdojo.review.works import target_of

HASHES = st.sampled_from(["a", "b"])
POINTS = st.builds(
    CountedPoints,
    earned=st.sampled_from([None, 0.0, 0.5, 1.0]),
    points=st.sampled_from([1.0, 2.0]),
    status=st.sampled_from(["", "passed", "failed", "exempt"]),
)
LATE = st.builds(
    LateRecord,
    days_late=st.integers(0, 1),
    penalty=st.sampled_from([0.0, 0.5]),
    exempt=st.booleans(),
    by_hand=st.sampled_from([(), ("essay/idea=2",)]),
)
CHECKS = st.lists(
    st.builds(
        CheckRecord,
        exercise=st.sampled_from(["double", "Scale"]),
        check=st.sampled_from(["x", "y"]),
        raw=st.none() | POINTS,
        counted=POINTS,
    ),
    max_size=4,
    unique_by=lambda one: (one.exercise, one.check),
)
RECORD = st.builds(
    GradeRecord,
    student=st.sampled_from(["ada", "béla"]),
    chapter=st.sampled_from([CHAPTER, "ch2"]),
    counted=POINTS,
    status=st.sampled_from(["", "graded", "rejected"]),
    submission=HASHES,
    graders=HASHES,
    engine=HASHES,
    sandbox=HASHES,
    inputs=HASHES,
    late=LATE,
    decisions=st.dictionaries(st.sampled_from(["", "double", "Scale/x"]), st.lists(HASHES, min_size=1, max_size=1)),
    exercises=st.lists(st.builds(ExerciseRecord, exercise=st.just("double"), counted=POINTS), max_size=1).map(tuple),
    checks=CHECKS.map(tuple),
)
CLASS = st.lists(RECORD, max_size=4, unique_by=lambda record: record.key)


class Held:
    """Records in memory."""

    at = ""

    def __init__(self, records: list[GradeRecord]) -> None:
        self.by_key = {record.key: record for record in records}

    def keys(self) -> list[tuple[str, str]]:
        return list(self.by_key)

    def get(self, key: tuple[str, str]) -> GradeRecord | None:
        return self.by_key.get(key)


def compare(before: Held, after: list[GradeRecord]) -> list[Change]:
    return [change for pair in pair_grades(before, after) for change in compare_grades(*pair)]


def all_items(records: list[GradeRecord]) -> dict[tuple[str, ...], CountedPoints]:
    return {(*record.key, *item): points for record in records for item, points in counted_items(record).items()}


@given(CLASS, CLASS)
def test_the_changes_lead_from_before_to_after_and_each_has_a_cause(
    before: list[GradeRecord], after: list[GradeRecord]
) -> None:
    items = all_items(before)
    for change in compare(Held(before), after):
        assert change.causes
        assert items.get(change.item) == change.before
        if change.after is None:
            del items[change.item]
        else:
            items[change.item] = change.after
    assert items == all_items(after)


@given(CLASS)
def test_an_unchanged_class_gives_no_change(records: list[GradeRecord]) -> None:
    assert compare(Held(records), records) == []


@given(CLASS, CLASS)
def test_each_cause_is_true(before: list[GradeRecord], after: list[GradeRecord]) -> None:
    by_key = {record.key: record for record in after}
    for change in compare(Held(before), after):
        old, new = Held(before).get(change.key), by_key.get(change.key)
        if old is None or new is None:
            continue
        causes = set(change.causes)
        work = {Cause.SUBMISSION, Cause.GRADER, Cause.ENGINE} & causes
        assert Cause.SUBMISSION not in causes or old.submission != new.submission
        assert Cause.GRADER not in causes or old.graders != new.graders
        assert Cause.ENGINE not in causes or old.engine != new.engine or old.late == new.late
        assert Cause.REVIEW not in causes or old.decisions != new.decisions
        assert Cause.POLICY not in causes or old.late != new.late
        assert Cause.INPUTS not in causes or (old.inputs != new.inputs and not work)
        assert Cause.MACHINE not in causes or not work


@given(CLASS)
def test_records_are_read_as_they_were_written(records: list[GradeRecord]) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / LAST_RUN
        with path.open("wb") as file:
            assert list(saving(file, records)) == records
        with SavedRecords(path) as saved:
            assert list(saved) == records
            assert saved.keys() == [record.key for record in records]
            assert saved.get(("nobody", CHAPTER)) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"nonsense",
        b'{"format": 99, "at": ""}\n',
        b'{"format": 1, "at": ""}\n{}\n',
        b'{"format": 1, "at": ""}\n{"student": "a", "chapter": "b", "counted": 1}\n',
    ],
)
def test_records_that_cannot_be_read_say_so(tmp_path: Path, data: bytes) -> None:
    (tmp_path / LAST_RUN).write_bytes(data)
    with pytest.raises(RecordsError, match=LAST_RUN):
        open_records(tmp_path / LAST_RUN)


def test_keys_that_a_later_version_adds_are_ignored(tmp_path: Path) -> None:
    path = tmp_path / LAST_RUN
    path.write_text(
        '{"format": 1, "at": "", "new": 1}\n'
        '{"student": "ada", "chapter": "c", "counted": {"earned": 1, "points": 2, "new": 3}, "new": {}}\n'
    )
    with SavedRecords(path) as saved:
        assert [record.counted.earned for record in saved] == [1]


def one_result(values: float = 0.0, submission: str = "a", graders: str = "b", *, points: float = 1.0) -> Graded:
    return make_result(
        make_check("double.values", "passed" if values else "failed", points, values),
        make_check("double.shape", "passed", 1.0, 1.0),
        submission=submission,
        graders=graders,
    )


class Runs:
    """Runs over one folder of results, without grading."""

    def __init__(self, out: Path, course: Course) -> None:
        self.out = out
        self.course = course

    def save(self, results: dict[str, Graded], version: str = "s:engine:g:none:cpu", *, force: bool = False) -> None:
        with Store(self.out, self.course, force=force) as store:
            for student, result in results.items():
                store.save(student, result, version, b"")

    def complete(self, *students: str, adjusted: Adjustment | None = None) -> dict[tuple[str, ...], str]:
        """Complete a run with these students; return the causes by what changed."""
        with Store(self.out, self.course) as store:
            keys = {(student, CHAPTER) for student in students}
            store.finish(list(students), keys, {(adjusted.student, CHAPTER): adjusted} if adjusted else None)
            complete_run(store, open_records(self.out / LAST_RUN))
        if not (self.out / CHANGES).exists():
            return {}
        rows = list(csv.DictReader((self.out / CHANGES).open()))
        return {(row["student"], row["exercise"], row["check"]): row["cause"] for row in rows}


@pytest.fixture
def runs(tmp_path: Path, tiny_course: Course) -> Runs:
    """One completed run over ada and bela."""
    runs = Runs(tmp_path / "out", tiny_course)
    runs.save({"ada": one_result(), "bela": one_result()})
    assert runs.complete("ada", "bela") == {}
    assert not (runs.out / CHANGES).exists()
    return runs


def last_changes(out: Path) -> tuple[ChangeSummary, list[Change]]:
    found = changes_of_last_run(out)
    assert found
    return found


CHANGED = [("ada", "", ""), ("ada", "double", "values")]


def test_a_run_in_which_nothing_changes_has_an_empty_table(runs: Runs) -> None:
    runs.save({"ada": one_result(1)})
    runs.complete("ada", "bela")
    assert runs.complete("ada", "bela") == {}
    assert (runs.out / CHANGES).read_text().count("\n") == 1


def test_another_submission(runs: Runs) -> None:
    runs.save({"ada": one_result(1, submission="new")})
    assert runs.complete("ada", "bela") == dict.fromkeys(CHANGED, "submission")
    summary, (chapter, _) = last_changes(runs.out)
    assert summary.totals == {"ada": (1, 2)}
    assert (chapter.before, chapter.after) == (
        CountedPoints(earned=1, points=2, status="graded"),
        CountedPoints(earned=2, points=2, status="graded"),
    )
    assert regraded(last_changes(runs.out)[1]) == {("ada", CHAPTER)}


def test_new_and_vanished_submissions(runs: Runs) -> None:
    runs.save({"cleo": one_result(1)})
    causes = runs.complete("ada", "cleo")
    assert set(causes.values()) == {"submission"}
    assert {student for student, _, _ in causes} == {"bela", "cleo"}
    rows = {row["student"]: row for row in csv.DictReader((runs.out / CHANGES).open()) if not row["exercise"]}
    assert (rows["cleo"]["before"], rows["cleo"]["after"]) == ("", "2")
    assert (rows["bela"]["before"], rows["bela"]["after"]) == ("1", "")


def test_graders_and_engine_together(runs: Runs) -> None:
    runs.save({"ada": one_result(1, graders="new")}, "s:other:new:none:cpu")
    assert runs.complete("ada", "bela") == dict.fromkeys(CHANGED, "grader, engine")


def test_new_graders_that_change_no_points_change_nothing(runs: Runs) -> None:
    runs.save({"ada": one_result(graders="new")})
    assert runs.complete("ada", "bela") == {}


def test_other_inputs_and_another_machine(runs: Runs) -> None:
    runs.save({"ada": one_result(1), "bela": one_result()}, force=True)
    assert runs.complete("ada", "bela") == dict.fromkeys(CHANGED, "inputs")
    runs.save({"ada": one_result()}, "s:engine:g:none:cuda")
    assert runs.complete("ada", "bela") == dict.fromkeys(CHANGED, "machine")


def test_the_same_on_the_same_machine_is_not_left_without_a_cause(runs: Runs) -> None:
    runs.save({"ada": one_result(1)})
    assert runs.complete("ada", "bela") == dict.fromkeys(CHANGED, "machine")


def test_a_penalty(runs: Runs) -> None:
    late = Adjustment("ada", CHAPTER, 1.0, 0.5, 2.0, days_late=1, penalty=0.5)
    assert runs.complete("ada", "bela", adjusted=late) == {("ada", "", ""): "policy"}


def test_a_decision_is_the_cause_of_what_it_is_about_only(runs: Runs) -> None:
    with Store(runs.out, runs.course) as store:
        target = target_of(store, "ada", CHAPTER, "double/values")
    decide(ReviewLog(runs.out), "tina", Override(targets=(target,), item="double/values", points=0.5, reason="close"))
    assert runs.complete("ada", "bela") == dict.fromkeys(CHANGED, "review")
    assert regraded(last_changes(runs.out)[1]) == frozenset()
    runs.save({"ada": one_result(0.25)})
    assert runs.complete("ada", "bela") == {}  # the override counts before and after


def test_an_override_that_is_suspended_names_both_causes(runs: Runs) -> None:
    with Store(runs.out, runs.course) as store:
        target = target_of(store, "ada", CHAPTER, "double")
    decide(ReviewLog(runs.out), "tina", Override(targets=(target,), item="double", points=2, reason="close"))
    assert runs.complete("ada", "bela") == {("ada", "", ""): "review", ("ada", "double", ""): "review"}
    runs.save({"ada": one_result(submission="new")})
    assert runs.complete("ada", "bela")[("ada", "", "")] == "submission, review"


def test_a_check_that_is_switched_off_changes_everybody(runs: Runs) -> None:
    check = f"{CHAPTER}/double/values"
    decide(ReviewLog(runs.out), "tina", SwitchCheck(check=check, mode=CheckMode.FULL_POINTS, reason="it is wrong"))
    both = [(student, *item) for student in ("ada", "bela") for _, *item in CHANGED]
    assert runs.complete("ada", "bela") == dict.fromkeys(both, "review")


def test_an_interrupted_run_is_compared_with_the_last_completed_one(runs: Runs) -> None:
    runs.save({"ada": one_result(1, submission="new")})  # and then it is killed
    runs.save({"bela": one_result(1, submission="new")})
    assert len(runs.complete("ada", "bela")) == 4


def test_what_changed_is_not_forgotten_if_it_cannot_be_written(runs: Runs) -> None:
    last = (runs.out / LAST_RUN).read_bytes()
    runs.save({"ada": one_result(1, submission="new")})
    (runs.out / CHANGES).mkdir()
    with pytest.raises(WriteError, match=CHANGES):
        runs.complete("ada", "bela")
    assert (runs.out / LAST_RUN).read_bytes() == last
    (runs.out / CHANGES).rmdir()
    assert runs.complete("ada", "bela") == dict.fromkeys(CHANGED, "submission")


def test_a_row_that_a_spreadsheet_would_compute_is_guarded(runs: Runs) -> None:
    runs.save({"=1+1": one_result(1)})
    runs.complete("ada", "bela", "=1+1")
    assert "\n'=1+1," in (runs.out / CHANGES).read_text()


def dojo(root: Path, *arguments: object) -> Result:
    return CliRunner().invoke(cli, ["--course", str(root), *map(str, arguments)], env={"COLUMNS": "200"})


def grade(root: Path, folder: Path, *more: object) -> str:
    done = dojo(root, "grade", folder / "in", "--out", folder / "out", "--sandbox", "none", "--jobs", 1, *more)
    assert done.exit_code == 0, done.output
    return done.output


def content(folder: Path) -> dict[str, tuple[bytes, int]]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def hand_in(root: Path, folder: Path, student: str, body: str = "return 2 * x") -> None:
    text = (root / "reference/ch1_tiny.py").read_text().replace("return 2 * x", body)
    (folder / "in" / student).mkdir(parents=True, exist_ok=True)
    (folder / "in" / student / "ch1_tiny.py").write_text(text)


def test_a_dry_run_says_what_the_run_then_changes_and_leaves_everything_as_it_is(
    tmp_path: Path, tiny_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    hand_in(tiny_root, tmp_path, "ada")
    hand_in(tiny_root, tmp_path, "bela", "return x * x")
    assert "changes" not in grade(tiny_root, tmp_path)
    hand_in(tiny_root, tmp_path, "bela")
    graders = next((tiny_root / "graders/ch1_tiny").glob("test_*.py"))
    graders.write_text(graders.read_text() + "\n# repaired\n")
    before = content(tmp_path / "out")
    said = grade(tiny_root, tmp_path, "--dry-run", "--changes", tmp_path / "would.csv")
    assert "bela: 1.5 → 3.5 points (+2)" in said
    assert "1 grade changed" in said
    assert "submission, grader" in " ".join(said.split())
    assert content(tmp_path / "out") == before
    assert list(temporary.glob("dojo-*")) == []
    said = grade(tiny_root, tmp_path)
    assert "bela: 1.5 → 3.5 points (+2)" in said
    assert (tmp_path / "out" / CHANGES).read_text() == (tmp_path / "would.csv").read_text()
    before = content(tmp_path / "out")
    assert "no grade changed" in grade(tiny_root, tmp_path, "--dry-run", "--force")
    assert content(tmp_path / "out") == before


def test_a_dry_run_without_earlier_results_creates_nothing(tmp_path: Path, tiny_root: Path) -> None:
    hand_in(tiny_root, tmp_path, "ada")
    said = grade(tiny_root, tmp_path, "--dry-run")
    assert "ada: 0 → 3.5 points (+3.5)" in said
    assert not (tmp_path / "out").exists()


def test_a_table_goes_with_a_dry_run(tmp_path: Path, tiny_root: Path) -> None:
    hand_in(tiny_root, tmp_path, "ada")
    done = dojo(tiny_root, "grade", tmp_path / "in", "--out", tmp_path / "out", "--changes", tmp_path / "x.csv")
    assert done.exit_code == 2
    assert "--changes goes with --dry-run" in done.output
    assert not (tmp_path / "out").exists()


def test_a_record_of_another_version_costs_only_the_comparison(tmp_path: Path, tiny_root: Path) -> None:
    hand_in(tiny_root, tmp_path, "ada")
    grade(tiny_root, tmp_path)
    (tmp_path / "out" / LAST_RUN).write_text('{"format": 99, "at": ""}\n')
    said = " ".join(grade(tiny_root, tmp_path).split())
    assert "what changed since the last run is unknown" in said
    assert "no grade changed" in grade(tiny_root, tmp_path)
