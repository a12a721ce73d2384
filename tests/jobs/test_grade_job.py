"""`dojo grade` with a small class of the real course, whose every verdict is known beforehand, and what follows it."""

from __future__ import annotations

import csv
import json
import re
import shutil
import tomllib
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser import visit
from tests.conftest import PROJECT
from tests.jobs.conftest import Done, MadeOnce, answer, dojo, half_done, notebook, read_grades, reference

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ONE, THREE, SIX, SEVEN = "ch1_fundamentals", "ch3_modules", "ch6_optimizers", "ch7_gradient_noise"
STUDENTS = [str(number) for number in range(1001, 1013)]
(
    RIGHT,
    OTHER_WAY,
    WRONG,
    WRONG_NOTEBOOK,
    WRONG_NAME,
    HALF_DONE,
    UNTOUCHED,
    BROKEN,
    NOTEBOOK,
    THIEF,
    FORGER,
    LOST,
) = STUDENTS
CANARY = "a text that no submission may show"

STATUSES = ("passed", "failed", "todo", "error", "timeout", "memory", "crashed", "forbidden", "skipped")
LINE = {
    "student": str,
    "chapter": str,
    "score": float,
    "max_score": float,
    "status": str,
    "sandbox": str,
    "device": str,
    "seconds": float,
    "submission": str,
    "graders": str,
    "notes": list,
    "shared_from": str,
    "checks": list,
}
CHECK = {
    "exercise": str,
    "check": str,
    "points": float,
    "earned": float,
    "status": str,
    "message": str,
    "mistake": str | None,
    "seconds": float,
}


@dataclass(frozen=True)
class Verdict:
    """What a submission must get.

    failed: names of the checks that must fail, separated by spaces; names: each exercise's mistake
    """

    score: float
    status: str = "graded"
    failed: str = ""
    names: frozenset[tuple[str, str]] = frozenset()


VERDICTS = {
    (RIGHT, THREE): Verdict(20),
    (RIGHT, SEVEN): Verdict(20),
    (OTHER_WAY, THREE): Verdict(20),
    (WRONG, THREE): Verdict(
        18.25,
        failed="DropLayer/evaluation DropLayer/gradients DropLayer/any_layer",
        names=frozenset({("DropLayer", "not_scaled_in_evaluation")}),
    ),
    (WRONG_NOTEBOOK, THREE): Verdict(
        15.0,
        failed="survival_probabilities/straight_line survival_probabilities/final_is_one_half_by_default"
        " survival_probabilities/one_layer survival_probabilities/list_of_floats"
        " survival_probabilities/new_list_on_each_call",
        names=frozenset({("survival_probabilities", "counted_from_zero")}),
    ),
    (WRONG_NAME, SIX): Verdict(
        16.75,
        failed="SGD/nesterov SGD/all_together SGD/groups SGD/changed_options SGD/missing_gradients"
        " SGD/gradients_are_kept SGD/resumed SGD/dtypes_and_shapes",
        names=frozenset({("SGD", "nesterov_forgotten")}),
    ),
    (HALF_DONE, ONE): Verdict(8),
    (UNTOUCHED, THREE): Verdict(0),
    (BROKEN, ONE): Verdict(0, status="rejected"),
    (NOTEBOOK, SEVEN): Verdict(20),
    (THIEF, ONE): Verdict(0),
    (FORGER, ONE): Verdict(0),
}


def attack(name: str, **targets: object) -> str:
    """Return the text of one of the course's attacks, with its targets filled in."""
    source = (PROJECT / f"graders/hostile/{name}.py").read_text(encoding="utf-8")
    for word, value in targets.items():
        source = source.replace(f"@{word}@", str(value))
    return source


def as_a_script(text: str) -> str:
    """Return a chapter as people write scripts: with an import that the grader lacks, a compiler and a demo."""
    text = text.replace("import torch\n", "import torch\nimport wandb_is_not_here\n", 1)
    text = text.replace("\ndef noise_std", "\n@torch.compile\ndef noise_std", 1)
    return f"{text}\nwandb_is_not_here.init()\n"


def hand_in(place: Path) -> None:
    """Write the class's files to place/submissions."""
    canary = place / "canary.txt"
    files = {
        f"{RIGHT}/{THREE}.py": reference(THREE),
        f"{RIGHT}/{SEVEN}.py": as_a_script(reference(SEVEN)),
        f"{OTHER_WAY}.zip/{THREE}.py": answer(THREE, "accepted/Linear/einsum"),
        f"{WRONG}/{THREE}.py": answer(THREE, "mistakes/DropLayer/not_scaled_in_evaluation"),
        f"{WRONG_NOTEBOOK}/{THREE}.ipynb": notebook(answer(THREE, "mistakes/survival_probabilities/counted_from_zero")),
        f"{WRONG_NAME}/Ch6_Optimizers (1).py": answer(SIX, "mistakes/SGD/nesterov_forgotten"),
        f"{HALF_DONE}/{ONE}.py": half_done(ONE, "init_parameters", "sigmoid", "predict", "accuracy"),
        f"{UNTOUCHED}/{THREE}.py": (PROJECT / f"exercises/{THREE}.py").read_text(encoding="utf-8"),
        f"{BROKEN}/{ONE}.py": "def broken(:\n",
        f"{NOTEBOOK}/{SEVEN}.ipynb": notebook(reference(SEVEN)),
        f"{THIEF}/{ONE}.py": attack("read_a_secret", CANARY=canary),
        f"{FORGER}/{ONE}.py": attack("forged_reply"),
        f"{LOST}/homework.py": "print('Hello')\n",
    }
    place.mkdir()
    canary.write_text(CANARY)
    for name, text in files.items():
        path = place / "submissions" / name
        if path.parent.suffix == ".zip":
            with zipfile.ZipFile(path.parent, "w") as archive:
                archive.writestr(path.name, text)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def graded(made_once: MadeOnce) -> Path:
    """The class, graded: place/submissions, place/results and place/screen.txt."""

    def make(place: Path) -> None:
        hand_in(place)
        done = grade(place)
        assert done.code == 0, done.text
        (place / "screen.txt").write_text(done.text, encoding="utf-8")

    return made_once("graded", make)


@pytest.fixture
def copied(graded: Path, tmp_path: Path) -> Path:
    """A copy of the graded class, to change."""
    return shutil.copytree(graded, tmp_path / "copied")


def grade(place: Path) -> Done:
    return dojo("--course", PROJECT, "grade", "submissions", "--out", "results", cwd=place)


def results(place: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the lines of results.jsonl by student and chapter."""
    lines = [json.loads(line) for line in (place / "results/results.jsonl").read_text(encoding="utf-8").splitlines()]
    found = {(line["student"], line["chapter"]): line for line in lines}
    assert len(found) == len(lines)
    return found


def named(line: dict[str, Any], *statuses: str) -> set[str]:
    """Return the checks of a result that ended so, as "Linear/values"."""
    return {
        f"{check['exercise'].partition('/')[2]}/{check['check']}"
        for check in line["checks"]
        if check["status"] in statuses
    }


# --- What is graded --------------------------------------------------------------------------------------------------


def test_every_submission_gets_the_verdict_known_beforehand(graded: Path) -> None:
    found = results(graded)
    assert found.keys() == VERDICTS.keys()
    for key, verdict in VERDICTS.items():
        line = found[key]
        assert (line["score"], line["max_score"], line["status"]) == (verdict.score, 20, verdict.status), key
        if verdict.score > 10:
            assert named(line, "failed") == set(verdict.failed.split()), key
            assert named(line, "passed", "failed") == named(line, *STATUSES), key
        names = {(c["exercise"].partition("/")[2], c["mistake"]) for c in line["checks"] if c["mistake"]}
        assert names == verdict.names, key


def test_a_wrong_answer_is_shown_as_called_expected_and_got_with_its_mistake(graded: Path) -> None:
    (check,) = [one for one in results(graded)[WRONG, THREE]["checks"] if one["check"] == "any_layer"]
    lines = check["message"].splitlines()
    assert [line.split()[0] for line in lines[:3]] == ["called", "expected", "got"]
    assert lines[0].startswith("called   DropLayer(a linear layer, ")
    assert "values differ" in lines[2]
    assert "Your numbers match the mistake “Whole layer in evaluation”: Evaluation adds the layer whole." in lines[3]
    assert (check["points"], check["earned"]) == (0.5, 0)


def test_what_is_not_filled_in_is_todo_and_the_rest_counts(graded: Path) -> None:
    untouched, half = results(graded)[UNTOUCHED, THREE], results(graded)[HALF_DONE, ONE]
    assert named(untouched, "todo") == named(untouched, *STATUSES)
    right = {check.partition("/")[0] for check in named(half, "passed")}
    assert right == {"init_parameters", "sigmoid", "predict", "accuracy"}
    assert named(half, "passed", "todo") == named(half, *STATUSES)
    assert right.isdisjoint(check.partition("/")[0] for check in named(half, "todo"))


def test_a_script_is_graded_with_notes_on_what_was_left_out(graded: Path) -> None:
    missing, demo, compiled = results(graded)[RIGHT, SEVEN]["notes"]
    assert "No module named 'wandb_is_not_here'" in missing
    assert "name 'wandb_is_not_here' is not defined" in demo
    assert compiled.startswith("torch.compile is left out")
    page = (graded / "results/feedback" / RIGHT / f"{SEVEN}.html").read_text(encoding="utf-8")
    assert "could not be run and was left out: ModuleNotFoundError" in page
    assert not any(line["notes"] for key, line in results(graded).items() if key == (RIGHT, THREE))


def test_a_file_that_does_not_parse_is_rejected_with_its_line(graded: Path) -> None:
    line = results(graded)[BROKEN, ONE]
    assert {check["earned"] for check in line["checks"]} == {0}
    for check in line["checks"]:
        assert f"{ONE}.py:1 cannot be loaded" in check["message"]
        assert "does not parse" in check["message"]


def test_an_attack_earns_nothing_for_the_cause_that_stops_it(graded: Path) -> None:
    causes = {THIEF: ("read_a_secret", "error"), FORGER: ("forged_reply", "failed")}
    table = tomllib.loads((PROJECT / "graders/hostile/attacks.toml").read_text(encoding="utf-8"))
    for student, (name, status) in causes.items():
        (known,) = [one for one in table["attack"] if one["id"] == name]
        own = [c for c in results(graded)[student, ONE]["checks"] if c["exercise"] == f"{ONE}/{known['exercise']}"]
        assert len(own) > 2
        own = [check for check in own if check["check"] != "placement"]  # which has nothing to repeat
        assert {check["status"] for check in own} == {status}
        assert all(re.search(known["cause"], check["message"]) for check in own)
    kept = [path.read_bytes() for path in (graded / "results").rglob("*") if path.is_file()]
    assert len(kept) > 30
    assert not any(CANARY.encode() in data for data in kept)


# --- The files -------------------------------------------------------------------------------------------------------


def test_each_line_and_each_check_has_the_keys_and_types_promised(graded: Path) -> None:
    for line in results(graded).values():
        assert list(line) == list(LINE)
        assert all(isinstance(line[name], kind) for name, kind in LINE.items())
        assert (line["sandbox"], line["device"]) == ("bubblewrap", "simulated")
        assert line["graders"]
        assert sum(check["points"] for check in line["checks"]) == line["max_score"]
        assert sum(check["earned"] for check in line["checks"]) == line["score"]
        for check in line["checks"]:
            assert list(check) == list(CHECK)
            assert all(isinstance(check[name], kind) for name, kind in CHECK.items())
            assert check["status"] in STATUSES
            assert check["earned"] == (check["points"] if check["status"] == "passed" else 0)


def test_grades_csv_has_a_row_per_student_with_the_scores_and_their_sum(graded: Path) -> None:
    course = tomllib.loads((PROJECT / "course.toml").read_text(encoding="utf-8"))
    chapters = [chapter["name"] for chapter in course["chapter"]]
    grades = read_grades(graded / "results")
    assert list(grades) == STUDENTS
    for student, row in grades.items():
        assert list(row) == [*chapters, "total", "max"]
        scores = {chapter: verdict.score for (who, chapter), verdict in VERDICTS.items() if who == student}
        assert {chapter: float(row[chapter]) for chapter in chapters if row[chapter]} == scores
        assert float(row["total"]) == sum(scores.values())
        assert float(row["max"]) == 20 * len({chapter for _, chapter in VERDICTS})


def test_the_screen_says_what_was_graded_and_what_was_not(graded: Path) -> None:
    screen = (graded / "screen.txt").read_text(encoding="utf-8")
    assert "10 of 10 self-tests passed" in screen
    assert f"{len(VERDICTS)} submissions" in screen
    assert f"{len(VERDICTS) - 1} graded" in screen
    assert "1 could not be loaded" in screen
    for words in ("not scaled in evaluation 1", "counted from zero 1", "nesterov forgotten 1"):
        assert words in screen
    assert f"'submissions/{LOST}/homework.py': matches no chapter" in screen
    assert f"'submissions/{WRONG_NAME}/Ch6_Optimizers (1).py'" in screen
    for name in ("grades.csv", "report.html", "feedback/"):
        assert f"results/{name}" in screen
        assert (graded / "results" / name).exists()


# --- The pages -------------------------------------------------------------------------------------------------------


def test_feedback_shows_each_student_what_was_wrong(graded: Path, browser: Browser) -> None:
    words = {
        (RIGHT, THREE): ["20 of 20 points"],
        (WRONG, THREE): ["18.25 of 20 points", "Whole layer in evaluation", "Evaluation adds the layer whole."],
        (WRONG_NOTEBOOK, THREE): [
            "15 of 20 points",
            "Counted from 0",
            " numbers: ",
        ],
        (BROKEN, ONE): ["0 of 20 points", "does not parse", "def broken(:"],
    }
    for (student, chapter), told in words.items():
        index = graded / "results/feedback" / student / "index.html"
        with visit(browser, index.as_uri()) as seen:
            seen.page.locator(f"a[href='{chapter}.html']").click()
            text = " ".join(seen.page.locator("body").inner_text().split())
            assert (seen.errors, seen.outside()) == ([], [])
        assert [one for one in told if one not in text] == [], student


def test_every_student_has_feedback_for_what_was_handed_in(graded: Path) -> None:
    folder = graded / "results/feedback"
    assert sorted(path.name for path in folder.iterdir()) == STUDENTS
    pages = {(path.parent.name, path.stem) for path in folder.rglob("*.html") if path.stem != "index"}
    assert pages == {(student, page) for student, chapter in VERDICTS for page in (chapter, f"{chapter}.py")}
    assert "Nothing was submitted" in (folder / LOST / "index.html").read_text(encoding="utf-8")


def test_the_report_shows_the_class(graded: Path, browser: Browser) -> None:
    with visit(browser, (graded / "results/report.html").as_uri()) as seen:
        page = seen.page
        text = " ".join(page.locator("body").inner_text().split())
        assert f"{len(STUDENTS)} students {len(VERDICTS)} submissions 4 chapters 2 flagged" in text
        attention = page.get_by_role("region", name="Needs attention").first.inner_text()
        assert BROKEN in attention
        assert "homework.py" in attention
        totals = {
            row.locator("td").first.inner_text().strip(): row.inner_text().split()
            for row in page.locator("#student-table tbody tr").all()
        }
        assert sorted(totals) == STUDENTS
        assert "40" in totals[RIGHT]
        assert "18.25" in totals[WRONG]
        assert "rejected" in totals[BROKEN]
        mistakes = page.get_by_role("region", name="Named mistakes").inner_text()
        for title in ("Whole layer in evaluation", "Counted from 0", "Nesterov has no effect"):
            assert title in mistakes
        assert (seen.errors, seen.outside()) == ([], [])


def test_dojo_report_writes_the_same_pages_again(copied: Path) -> None:
    out = copied / "results"
    before = {path: path.read_bytes() for path in out.rglob("*") if path.suffix in (".html", ".md")}
    assert len(before) == 1 + len(STUDENTS) + 3 * len(VERDICTS)
    for path in before:
        path.unlink()
    done = dojo("--course", PROJECT, "report", "results", cwd=copied)
    assert done.code == 0, done.text
    assert f"for {len(STUDENTS)} students" in done.out
    assert {path: path.read_bytes() for path in before} == before


# --- Grading again ---------------------------------------------------------------------------------------------------


def test_the_same_command_grades_nothing_again_and_then_only_what_changed(copied: Path) -> None:
    files = [copied / "results" / name for name in ("results.jsonl", "grades.csv", "report.html")]
    before, known = [path.read_bytes() for path in files], results(copied)
    again = grade(copied)
    assert again.code == 0, again.text
    assert f"resumed   {len(VERDICTS)} of {len(VERDICTS)} already graded" in again.out
    assert [path.read_bytes() for path in files] == before

    (copied / f"submissions/{WRONG}/{THREE}.py").write_text(reference(THREE), encoding="utf-8")
    changed = grade(copied)
    assert changed.code == 0, changed.text
    assert f"resumed   {len(VERDICTS) - 1} of {len(VERDICTS)} already graded" in changed.out
    now = results(copied)
    assert now[WRONG, THREE]["score"] == 20
    assert {key: line for key, line in now.items() if key != (WRONG, THREE)} == {
        key: line for key, line in known.items() if key != (WRONG, THREE)
    }
    assert read_grades(copied / "results")[WRONG]["total"] == "20"


# --- Learning platforms ----------------------------------------------------------------------------------------------


def exported(graded: Path, out: Path, *arguments: str) -> list[list[str]]:
    """Export grades as a table; return its rows, the headings first."""
    done = dojo("--course", PROJECT, "export", arguments[0], graded / "results", "--out", out, *arguments[1:])
    assert done.code == 0, done.text
    with out.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


@pytest.mark.parametrize(("platform", "identity", "nothing"), [("canvas", "ID", ""), ("moodle", "ID number", "-")])
def test_a_gradebook_holds_the_numbers_of_grades_csv(
    graded: Path, tmp_path: Path, platform: str, identity: str, nothing: str
) -> None:
    titles = {ONE: "One (11)", THREE: "Three (13)", SIX: "Six (16)", SEVEN: "Seven (17)"}
    columns = [word for chapter, title in titles.items() for word in ("--column", f"{chapter}={title}")]
    header, *rows = exported(graded, tmp_path / "grades.csv", platform, *columns)
    table = [dict(zip(header, row, strict=True)) for row in rows]
    found = {row[identity]: [row[title] for title in titles.values()] for row in table if row[identity]}
    grades = read_grades(graded / "results")
    assert found == {student: [row[chapter] or nothing for chapter in titles] for student, row in grades.items()}


def test_a_moodle_worksheet_holds_the_numbers_of_its_chapter(graded: Path, tmp_path: Path) -> None:
    header, *rows = exported(graded, tmp_path / "sheet.csv", "moodle-worksheet", "--chapter", THREE)
    found = {row[header.index("Identifier")]: row[header.index("Grade")] for row in rows}
    grades = read_grades(graded / "results")
    assert found == {f"Participant {student}": row[THREE] for student, row in grades.items()}


def test_gradescope_gets_each_students_points_and_words(graded: Path, tmp_path: Path) -> None:
    out = tmp_path / "gradescope"
    done = dojo("--course", PROJECT, "export", "gradescope", graded / "results", "--chapter", THREE, "--out", out)
    assert done.code == 0, done.text
    found = {path.parent.name: json.loads(path.read_text()) for path in out.glob("*/results.json")}
    scores = {student: float(row[THREE] or 0) for student, row in read_grades(graded / "results").items()}
    assert {student: values["score"] for student, values in found.items()} == scores
    tests = found[WRONG]["tests"]
    assert sum(test["score"] for test in tests) == scores[WRONG]
    wrong = [test for test in tests if test["status"] == "failed"]
    assert len(wrong) == len(VERDICTS[WRONG, THREE].failed.split())
    assert sum("Whole layer in evaluation" in test["output"] for test in wrong) == 3
