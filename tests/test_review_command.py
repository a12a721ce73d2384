"""`dojo review`: decide on the command line, and what of it grades.csv says."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import TESTS
from tests.results import make_check, make_result
from torchdojo.batch.store import Store, StoredRun
from torchdojo.cli.main import cli
from torchdojo.course import Course
from torchdojo.grading.result import Result as Verdict
from torchdojo.review.decision import Comment, Override, ReviewTarget
from torchdojo.review.decisions import Decisions, decide, decide_all
from torchdojo.review.exchange import export_table, read_import
from torchdojo.review.grades_file import GradesFile
from torchdojo.review.log import ReviewLog
from torchdojo.review.tables import write_tables

CHAPTER = "ch1_tiny"
ADA = ReviewTarget(student="ada", chapter=CHAPTER, submission="a")


def dojo(*arguments: object, stdin: str = "") -> Result:
    return CliRunner().invoke(cli, ["--course", str(TESTS / "tiny"), *map(str, arguments)], input=stdin)


def verdict(mistake: str | None = "squares") -> Verdict:
    """1 of 2 points for `double`, 1.5 of 1.5 for `Scale`."""
    title = "It squares" if mistake else ""
    return make_result(
        make_check("double.values", "failed", 1.0, mistake=mistake, mistake_title=title),
        make_check("double.shape", "passed", 1.0, 1.0),
        make_check("Scale.values", "passed", 1.5, 1.5),
    )


@pytest.fixture
def out(tmp_path: Path, tiny_course: Course) -> Path:
    """Results of ada and bob, who made the same mistake, of dora, who made none, and cleo, who submitted nothing."""
    folder = tmp_path / "out"
    with Store(folder, tiny_course) as store:
        for student in ("ada", "bob", "dora", "007"):
            store.save(student, verdict("squares" if student in ("ada", "bob") else None), "v", b"x = 1\n")
        handed = ("ada", "bob", "dora", "007")
        store.finish([*handed, "cleo"], {(student, CHAPTER) for student in handed})
        write_tables(store, Decisions())
    return folder


def scores(out: Path) -> dict[str, str]:
    with (out / "grades.csv").open(encoding="utf-8", newline="") as file:
        return {row["student"]: row[CHAPTER] for row in csv.DictReader(file)}


def edit(out: Path, old: str, new: str) -> str:
    """Edit grades.csv by hand; return its text."""
    path = out / "grades.csv"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    return path.read_text()


def test_points_with_a_reason_count_and_are_explained(out: Path) -> None:
    done = dojo("review", out, "ada", "tiny/double", "--points", "1,75", "--reason", "half right", "--by", "tina")
    assert done.exit_code == 0, done.output
    assert "ada · ch1_tiny   3.25 of 3.5 points" in done.output
    assert "2.5 from checks, +0.75 by review: double: half right" in done.output
    assert scores(out) == {"007": "2.5", "ada": "3.25", "bob": "2.5", "cleo": "", "dora": "2.5"}
    shown = dojo("review", out, "ada", "1")
    assert "1.75 points for double: half right · by tina" in shown.output
    assert scores(out)["ada"] == "3.25"


@pytest.mark.parametrize(
    ("item", "status", "score"),
    [("double", "passed", "3.5"), ("double/values", "passed", "3.5"), ("tiny", "failed", "0"), ("tiny", "skipped", "")],
)
def test_a_status_in_place_of_points(out: Path, item: str, status: str, score: str) -> None:
    assert dojo("review", out, "ada", item, "--status", status, "--reason", "x").exit_code == 0
    assert scores(out)["ada"] == score


def test_withdrawing_and_undoing(out: Path) -> None:
    nothing = dojo("review", out, "ada", "double", "--withdraw")
    assert (nothing.exit_code, "nobody decided about the points" in nothing.output) == (2, True)
    dojo("review", out, "ada", "double", "--points", 2, "--reason", "x", "--by", "tina")
    assert dojo("review", out, "ada", "double", "--withdraw", "--by", "tina").exit_code == 0
    assert scores(out)["ada"] == "2.5"
    assert "undone    points for double withdrawn" in dojo("review", out, "--undo", "--by", "tina").output
    assert scores(out)["ada"] == "3.5"
    assert dojo("review", out, "--undo", "--by", "tom").exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("adda", "tiny", "--points", "1", "--reason", "x"), "no student 'adda' in the results. Did you mean ada?"),
        (("ada", "tinny", "--points", "1", "--reason", "x"), "no chapter or exercise 'tinny'. Did you mean tiny?"),
        (("ada", "double/valeus", "--points", "1", "--reason", "x"), "has no check 'valeus'. Did you mean values?"),
        (("ada", "double", "--points", "nan", "--reason", "x"), "points must be a number from 0, not 'nan'"),
        (("ada", "double", "--points", "-1", "--reason", "x"), "points must be a number from 0, not '-1'"),
        (("ada", "double", "--points", "1e999", "--reason", "x"), "points must be a number from 0"),
        (("ada", "double", "--points", "2.5", "--reason", "x"), "2.5 points are more than the 2 that it is worth"),
        (("ada", "double", "--points", "1"), "say why with --reason"),
        (("ada", "double", "--points", "1", "--status", "passed", "--reason", "x"), "not both"),
        (("ada", "double", "--comment", " "), "--comment has no text"),
        (("ada", "double", "--answer", "yes"), "ada has no open request about ch1_tiny/double"),
        (("ada",), None),
        ((), "name a student and a chapter"),
        (("--undo", "--export", "x.csv"), "goes without"),
        (("double", "--all-with-mistake", "sqares", "--points", "1", "--reason", "x"), "Did you mean squares?"),
        (("--switch-off", "double/values"), "--switch-off needs --mode"),
        (("--switch-on", "double/values"), "is not switched off"),
        (("--switch-off", "double/vals", "--mode", "left-out", "--reason", "x"), "Did you mean values?"),
    ],
)
def test_what_cannot_be_decided_is_said_and_nothing_is_saved(
    out: Path, arguments: tuple[str, ...], words: str | None
) -> None:
    done = dojo("review", out, *arguments)
    assert done.exit_code == (0 if words is None else 2), done.output
    assert words is None or words in done.output.replace("\n", " ")
    assert ReviewLog(out).entries() == []


def test_a_bonus_for_the_whole_chapter_is_said(out: Path) -> None:
    done = dojo("review", out, "ada", "tiny", "--points", 5, "--reason", "bonus")
    assert "5 points are more than the 3.5 of a full score" in done.output
    assert scores(out)["ada"] == "5"


def test_all_with_a_mistake_are_one_decision(out: Path) -> None:
    arguments = ("double", "--all-with-mistake", "It squares", "--points", "1.5", "--reason", "sign", "--by", "tina")
    refused = dojo("review", out, *arguments, stdin="n\n")
    assert "ada   2.5 of 3.5 points → 3 of 3.5 points" in refused.output
    assert "dora" not in refused.output
    assert ReviewLog(out).entries() == []
    assert dojo("review", out, *arguments, stdin="y\n").exit_code == 0
    assert len(ReviewLog(out).entries()) == 1
    assert {student for student, score in scores(out).items() if score == "3"} == {"ada", "bob"}
    dojo("review", out, "--undo", "--by", "tina")
    assert scores(out)["bob"] == "2.5"


def test_a_wrong_check_is_switched_off_and_on(out: Path) -> None:
    off = dojo("review", out, "--switch-off", "double/values", "--mode", "left-out", "--reason", "ambiguous")
    assert "ch1_tiny/double/values is switched off" in off.output
    with (out / "grades.csv").open() as file:
        assert {(row["total"], row["max"]) for row in csv.DictReader(file) if row[CHAPTER]} == {("2.5", "2.5")}
    assert "double/values is switched off (left out): ambiguous" in dojo("review", out, "ada").output
    assert dojo("review", out, "--switch-on", "tiny/double/values").exit_code == 0
    assert Decisions.read(out).switched_off == {}


def test_comments_requests_and_marks_are_shown(out: Path) -> None:
    assert dojo("review", out, "ada", "double", "--comment", "See `dim`.", "--line", 3).exit_code == 0
    assert dojo("review", out, "ada", "tiny", "--comment", "Copied?", "--staff-only", "--reviewed").exit_code == 0
    assert "OPEN" in dojo("review", out, "ada", "double", "--request", "I used einsum.").output
    assert dojo("review", out, "ada", "tiny", "--answer", "You are right.", "--by", "tina").exit_code == 0
    shown = dojo("review", out, "ada", "tiny").output
    for words in ("comment (double, line 3)", "staff note", "I used einsum. · answered: You are right.", "reviewed by"):
        assert words in shown
    dojo("review", out, "ada", "tiny", "--not-reviewed")
    assert "reviewed by" not in dojo("review", out, "ada").output


def test_an_override_of_another_submission_is_in_doubt(out: Path, tiny_course: Course) -> None:
    dojo("review", out, "ada", "double", "--points", 2, "--reason", "x")
    with Store(out, tiny_course) as store:
        store.save("ada", make_result(*verdict().checks, submission="another"), "v2", b"y = 1\n")
    assert "IN DOUBT  double: the submission changed" in dojo("review", out, "ada", "tiny").output


# --- grades.csv that was edited by hand ----------------------------------------------------------------------------


def test_an_edited_table_is_told_by_every_command_with_the_command_that_does_it(out: Path, tmp_path: Path) -> None:
    edited = edit(out, "bob,2.5", "bob,3")
    command = f"review {out} bob ch1_tiny --points 3 --reason"
    for arguments in (("review", out, "ada"), ("export", "canvas", out, "--out", tmp_path / "c.csv")):
        told = dojo(*arguments).output
        assert "bob ch1_tiny: was 2.5, is 3" in told
        assert command in told
        assert (out / "grades.csv").read_text() == edited
    told = dojo("report", out).output
    assert "bob ch1_tiny: was 2.5, is 3" in told
    assert (out / "grades.edited.csv").read_text() == edited
    assert scores(out)["bob"] == "2.5"
    assert "edited by hand" not in dojo("report", out).output


def test_an_edited_table_is_imported(out: Path) -> None:
    edit(out, "bob,2.5", "bob,3")
    assert "say why it changes, with --reason" in dojo("review", out, "--import", out / "grades.csv").output
    done = dojo("review", out, "--import", out / "grades.csv", "--reason", "as agreed")
    assert "imported  1 decision" in done.output
    assert "edited by hand" not in done.output
    assert scores(out)["bob"] == "3"
    assert "= 3 by review: as agreed" in dojo("review", out, "bob").output


def test_a_kept_copy_is_compared_with_what_it_was_edited_from(out: Path) -> None:
    """What was decided about others since does not count as an edit of the copy."""
    edit(out, "bob,2.5", "bob,3")
    dojo("review", out, "dora", "tiny", "--points", 1, "--reason", "x")
    done = dojo("review", out, "--import", out / "grades.edited.csv", "--reason", "as agreed")
    assert "imported  1 decision" in done.output
    assert (scores(out)["bob"], scores(out)["dora"]) == ("3", "1")


def test_a_spreadsheet_that_only_saved_the_table_edits_nothing(out: Path) -> None:
    text = (out / "grades.csv").read_text()
    saved = text.replace(",", ";").replace("2.5", "2,50").replace("007", "7").replace("\n", "\r\n")
    (out / "grades.csv").write_bytes(b"\xef\xbb\xbf" + saved.encode())
    assert "edited by hand" not in dojo("review", out, "ada").output
    (out / "grades.csv").write_bytes(saved.replace("bob;2,50", "bob;3,5").encode())
    assert "bob ch1_tiny: was 2.5, is 3,5" in dojo("review", out, "ada").output


def test_what_cannot_count_in_an_edited_table_is_named(out: Path) -> None:
    edit(out, "bob,2.5,2.5", "bob,,4")
    (out / "grades.csv").write_text((out / "grades.csv").read_text() + "eve,3,3,3.5\n")
    done = dojo("review", out, "--import", out / "grades.csv", "--reason", "x")
    assert done.exit_code == 2
    assert "bob ch1_tiny: is empty now" in done.output
    assert "eve: no student 'eve'" in done.output
    assert ReviewLog(out).entries() == []


def test_a_table_that_is_written_only_by_us_is_never_taken_for_edited(out: Path) -> None:
    """Not after a crash between its two files either, nor where an older version left no note."""
    file = GradesFile(out)
    before = (out / "grades.csv").read_bytes()
    file.write("student,ch1_tiny\nada,1\n")
    (out / "grades.csv").write_bytes(before)  # the note was written, the table was not
    assert file.edits() is None
    (out / ".grades.json").write_text("{")
    assert file.edits() is None


# --- export and import ----------------------------------------------------------------------------------------------


def test_an_exported_table_decides_nothing_new_and_all_in_another_folder(
    out: Path, tmp_path: Path, tiny_course: Course
) -> None:
    dojo("review", out, "ada", "double", "--points", "1.75", "--reason", "=1+1", "--comment", "- a list", "--line", 3)
    dojo("review", out, "bob", "tiny", "--status", "skipped", "--reason", "ill", "--reviewed")
    dojo("review", out, "bob", "tiny", "--comment", "Copied?", "--staff-only")
    path = tmp_path / "decided.csv"
    assert dojo("review", out, "--export", path).exit_code == 0
    assert ",'=1+1," in path.read_text()
    assert "imported  0 decisions, 5 decided already" in dojo("review", out, "--import", path).output
    (out / "reviews.jsonl").unlink()
    assert "imported  5 decisions" in dojo("review", out, "--import", path).output
    again = tmp_path / "again.csv"
    dojo("review", out, "--export", again)
    assert [row[:-2] for row in csv.reader(again.open())] == [row[:-2] for row in csv.reader(path.open())]


def test_every_bad_row_is_named_and_nothing_is_imported(out: Path, tmp_path: Path) -> None:
    path = tmp_path / "decided.csv"
    rows = [
        "student,chapter,item,points,status,reason,comment,line,staff_only,reviewed",
        "ada,ch1_tiny,double,1,,good,,,,",
        "adda,ch1_tiny,double,1,,x,,,,",
        "ada,ch1_tinny,double,1,,x,,,,",
        "ada,ch1_tiny,double,9,,x,,,,",
        "ada,ch1_tiny,treble,1,,x,,,,",
        "ada,ch1_tiny,double,1,passed,x,,,,",
        "ada,ch1_tiny,double,,great,x,,,,",
        "ada,ch1_tiny,double,1,,,,,,",
        "ada,ch1_tiny,,,,,words,three,,",
        "ada,ch1_tiny,,,,,,,,perhaps",
    ]
    path.write_text("\n".join(rows))
    done = dojo("review", out, "--import", path)
    assert done.exit_code == 2
    assert [f"line {line}:" in done.output for line in range(2, 12)] == [False, *[True] * 9]
    assert ReviewLog(out).entries() == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_imported_or_refused(out: Path, tiny_course: Course, data: bytes) -> None:
    path = out.parent / "any.csv"
    path.write_bytes(b"student,chapter,item,points,reason\nada,ch1_tiny," + data)
    before = (out / "results.jsonl").read_bytes()
    done = dojo("review", out, "--import", path)
    assert done.exit_code in (0, 2), done.output
    assert not done.exception or isinstance(done.exception, SystemExit)
    assert (out / "results.jsonl").read_bytes() == before


TEXTS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20)
POINTS = st.integers(0, 8).map(lambda quarters: quarters / 4)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(reason=TEXTS, text=TEXTS, points=POINTS)
def test_whatever_is_exported_is_read_as_it_was(
    out: Path, tiny_course: Course, reason: str, text: str, points: float
) -> None:
    log = ReviewLog(out)
    override = Override(targets=(ADA,), item="double", points=points, reason=reason)
    decide(log, "tina", override)
    decide(log, "tina", Comment(targets=(ADA,), text=text, item="double", line=3))
    with StoredRun(out, tiny_course) as run:
        path = out.parent / "export.csv"
        path.write_text(export_table(run, Decisions.read(out)), encoding="utf-8")
        assert read_import(run, Decisions.read(out), path).decisions == []
        fresh = read_import(run, Decisions(), path).decisions
    log.path.unlink()
    first = fresh[1] if isinstance(fresh[0], Comment) else fresh[0]
    assert isinstance(first, Override)
    assert (first.points, first.reason) == (points, reason)
    assert text in [one.text for one in fresh if isinstance(one, Comment)]


def test_many_decisions_are_saved_at_once_in_their_order(tmp_path: Path) -> None:
    log = ReviewLog(tmp_path)
    many = [Override(targets=(ADA,), item="double", points=number, reason="x") for number in range(20)]
    entries = decide_all(log, "tina", many)
    assert [entry.decision for entry in log.entries()] == many
    assert entries == log.entries()
