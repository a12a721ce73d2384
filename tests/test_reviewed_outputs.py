"""Every output knows what people decided: feedback, report, Canvas, Moodle, Gradescope."""

from __future__ import annotations

import csv
import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.results import make_check, make_result
from tests.test_graded_by_hand import ESSAY, add_to_course
from torchdojo.batch.policy import Adjustment
from torchdojo.batch.store import Store
from torchdojo.cli.main import cli
from torchdojo.course import load_course
from torchdojo.grading.result import Result as Verdict

CHAPTER = "ch1_tiny"


class Text(HTMLParser):
    """A page's words, and its elements."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words = ""
        self.tags: set[str] = set()
        self.links: list[str | None] = []
        self.feed(page)
        self.words = " ".join(self.words.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.words += data


class Class:
    """A graded class, about which people decide."""

    def __init__(self, root: Path, out: Path) -> None:
        self.root = root
        self.out = out

    def dojo(self, *arguments: object) -> Result:
        done = CliRunner().invoke(cli, ["--course", str(self.root), *map(str, arguments)])
        assert done.exit_code == 0, done.output
        return done

    def review(self, *arguments: object) -> None:
        self.dojo("review", self.out, *arguments, "--by", "tina")

    def page(self, path: str) -> Text:
        return Text((self.out / path).read_text(encoding="utf-8"))

    def report(self) -> None:
        self.dojo("report", self.out)

    def exported(self, platform: str, *arguments: object) -> tuple[list[list[str]], str]:
        """Return the rows of an export, and what was said."""
        path = self.out.parent / f"{platform}.csv"
        said = self.dojo("export", platform, self.out, "--out", path, *arguments).output
        return list(csv.reader(path.open(encoding="utf-8", newline=""))), said

    def gradescope(self, student: str) -> dict[str, object]:
        path = self.out.parent / "results.json"
        self.dojo("export", "gradescope", self.out, "--student", student, "--out", path)
        values = json.loads(path.read_text())
        assert isinstance(values, dict)
        return values


def verdict(**fields: object) -> Verdict:
    """1 of 2 points for `double`, 1.5 of 1.5 for `Scale`."""
    return make_result(
        make_check("double.values", "failed", 1.0, title="It doubles."),
        make_check("double.shape", "passed", 1.0, 1.0, title="It keeps the shape."),
        make_check("Scale.values", "passed", 1.5, 1.5, title="It scales."),
        **fields,
    )


def grade(root: Path, out: Path, adjustments: dict[tuple[str, str], Adjustment] | None = None) -> Class:
    """Return a class of ada and bob, who did the same, and cleo, who submitted nothing."""
    with Store(out, load_course(root)) as store:
        for student in ("ada", "bob"):
            store.save(student, verdict(), "v", b"x = 1\n")
        store.finish(["ada", "bob", "cleo"], {(student, CHAPTER) for student in ("ada", "bob")}, adjustments)
    done = Class(root, out)
    done.report()
    return done


@pytest.fixture
def graded(tiny_root: Path, tmp_path: Path) -> Class:
    return grade(tiny_root, tmp_path / "out")


@pytest.fixture
def by_hand(tiny_root: Path, tmp_path: Path) -> Class:
    """A class of a course with an essay of 3 points that people grade."""
    return grade(add_to_course(tiny_root, ESSAY), tmp_path / "out")


def test_a_check_that_was_changed_says_so_and_by_nobodys_name(graded: Class) -> None:
    graded.review("ada", "double/values", "--points", "0.75", "--reason", "Almost <b>right</b>.")
    graded.report()
    page = graded.page(f"feedback/ada/{CHAPTER}.html")
    assert "Changed by your course staff to 0.75 of 1 point: Almost <b>right</b>." in page.words
    assert "Your score: 2.5 from checks, +0.75 by review: double: values: Almost <b>right</b>." in page.words
    assert "3.25of 3.5 points" in page.words
    assert "1.75 of 2" in page.words
    text = (graded.out / f"feedback/ada/{CHAPTER}.md").read_text()
    assert "**3.25 of 3.5 points**" in text
    assert "## double · 1.75 of 2" in text
    assert "tina" not in page.words + text
    assert "3.25 of 3.5" in graded.page("feedback/ada/index.html").words
    assert "Changed by" not in graded.page(f"feedback/bob/{CHAPTER}.html").words


def test_comments_are_markdown_that_runs_nothing_and_notes_of_staff_stay_there(graded: Class) -> None:
    words = "See **dim** <script>alert(1)</script> [a](javascript:alert(1)) [docs](https://pytorch.org)"
    graded.review("ada", "double", "--comment", words, "--line", 3)
    graded.review("ada", "tiny", "--comment", "Copied from bob?", "--staff-only")
    graded.review("ada", "tiny", "--request", "I used <i>einsum</i>.")
    graded.report()
    page = graded.page(f"feedback/ada/{CHAPTER}.html")
    assert "Comment · line 3" in page.words
    assert f"{CHAPTER}.py.html#L3" in page.links
    assert "strong" in page.tags
    assert not {"script", "i", "img"} & page.tags
    assert "https://pytorch.org" in page.links
    assert not any("javascript" in (link or "") for link in page.links)
    assert "I used <i>einsum</i>." in page.words
    assert "It is not answered yet." in page.words
    for path in (graded.out / "feedback").rglob("*.*"):
        assert "Copied from bob" not in path.read_text()
        assert "tina" not in path.read_text()
    graded.review("ada", "tiny", "--answer", "You are *right*.")
    graded.report()
    assert "Answer:" in graded.page(f"feedback/ada/{CHAPTER}.html").words


def test_a_comment_on_an_earlier_submission_says_so(graded: Class) -> None:
    graded.review("ada", "double", "--comment", "Look here.", "--line", 3)
    with Store(graded.out, load_course(graded.root)) as store:
        store.save("ada", verdict(submission="another"), "v2", b"y = 1\n")
    graded.report()
    words = graded.page(f"feedback/ada/{CHAPTER}.html").words
    assert "Comment · line 3 of an earlier submission" in words


def test_the_report_shows_what_counts_and_what_is_still_to_decide(graded: Class) -> None:
    graded.review("ada", "double/values", "--status", "passed", "--reason", "x")
    graded.review("bob", "double", "--points", 2, "--reason", "x")
    graded.review("bob", "tiny", "--request", "Please look again.")
    with Store(graded.out, load_course(graded.root)) as store:
        store.save("bob", verdict(submission="another"), "v2", b"y = 1\n")
    graded.report()
    page = graded.page("report.html")
    assert "decision in doubt" in page.words
    assert "the submission changed since this was decided, so it does not count" in page.words
    assert "Please look again." in page.words
    assert "mean 3.0" in page.words  # 3.5 as reviewed, and 2.5, because the override of bob's is suspended
    (chapter,) = (row for row in graded.exported("canvas")[0] if row[0] == "bob")
    assert chapter[-1] == "2.5"
    assert "1 decision in doubt" in graded.exported("canvas")[1]


def test_points_without_a_submission_are_shown(graded: Class) -> None:
    graded.review("cleo", "tiny", "--points", 2, "--reason", "On paper.")
    graded.report()
    page = graded.page(f"feedback/cleo/{CHAPTER}.html")
    assert "2of 3.5 points" in page.words
    assert "You did not submit this chapter." in page.words
    assert "On paper." in page.words
    assert "2 of 3.5" in graded.page("feedback/cleo/index.html").words
    assert [row[-1] for row in graded.exported("moodle")[0]] == ["Tiny", "2.5", "2.5", "2"]


def test_lateness_counts_of_what_was_corrected_and_the_chapter_is_the_last_word(
    tiny_root: Path, tmp_path: Path
) -> None:
    late = {
        (student, CHAPTER): Adjustment(student, CHAPTER, 2.5, 2.25, 3.5, days_late=1, penalty=0.25)
        for student in ("ada", "bob")
    }
    path = tiny_root / "course.toml"
    path.write_text(path.read_text().replace("[[chapter]]\n", "[policy]\npenalty_per_day = 10\n\n[[chapter]]\n", 1))
    graded = grade(tiny_root, tmp_path / "out", late)
    graded.review("ada", "double", "--points", 2, "--reason", "x")
    graded.review("bob", "tiny", "--points", 3, "--reason", "as agreed")
    rows = list(csv.DictReader((graded.out / "grades.csv").open()))
    assert [(row[CHAPTER], row[f"{CHAPTER} raw"]) for row in rows] == [("3.15", "2.5"), ("3", "2.5"), ("", "")]
    (ada, bob) = csv.DictReader((graded.out / "adjustments.csv").open())
    assert (ada["raw"], ada["score"], bob["score"]) == ("3.5", "3.15", "2.25")
    assert [row[-1] for row in graded.exported("canvas")[0][2:]] == ["3.15", "3", ""]
    assert graded.gradescope("bob")["score"] == 3


def test_gradescope_shows_the_checks_as_reviewed_with_comments(graded: Class) -> None:
    graded.review("ada", "double/values", "--status", "passed", "--reason", "right", "--comment", "Well done.")
    values = graded.gradescope("ada")
    assert values["score"] == 3.5
    tests = values["tests"]
    assert isinstance(tests, list)
    assert [(one["score"], one["status"]) for one in tests] == [(1.0, "passed"), (1.0, "passed"), (1.5, "passed")]
    assert "+1 by review: double: values: right" in str(values["output"])
    assert "Comment (double): Well done." in str(values["output"])


# --- What only people grade -----------------------------------------------------------------------------------------


def test_what_nobody_has_graded_yet_is_counted_everywhere(by_hand: Class) -> None:
    rows = list(csv.DictReader((by_hand.out / "grades.csv").open()))
    assert [(row["student"], row["max"], row["to grade"]) for row in rows] == [
        ("ada", "3.5", "2"),
        ("bob", "3.5", "2"),
        ("cleo", "6.5", "0"),
    ]
    page = by_hand.page(f"feedback/ada/{CHAPTER}.html")
    assert "to be graded by hand: 3 points" in page.words
    assert "3 more points are still to be graded by hand." in page.words
    assert "to be graded by hand: 2 points" in (by_hand.out / f"feedback/ada/{CHAPTER}.md").read_text()
    assert "4 items in 2 submissions still to be graded by hand" in by_hand.page("report.html").words
    for platform in ("canvas", "moodle"):
        assert "4 items in 2 submissions not graded by hand yet" in by_hand.exported(platform)[1]
    (item, _) = (one for one in by_hand.gradescope("ada")["tests"] if "essay" in one["name"])  # type: ignore[attr-defined]
    assert "score" not in item
    assert item["output"] == "To be graded by hand: 2 points."


def test_points_for_the_items_of_a_rubric(by_hand: Class) -> None:
    by_hand.review("ada", "essay/tradeoff", "--points", "1.5", "--reason", "Only speed.")
    by_hand.review("ada", "essay/example", "--points", 0)
    by_hand.report()
    ada = next(csv.DictReader((by_hand.out / "grades.csv").open()))
    assert (ada[CHAPTER], ada["to grade"]) == ("4", "0")
    page = by_hand.page(f"feedback/ada/{CHAPTER}.html")
    assert "1.5 of 2 points" in page.words
    assert "Only speed." in page.words
    assert "0 of 1 point" in page.words
    assert "to be graded" not in page.words
    assert "2 items in 1 submission still to be graded by hand" in by_hand.page("report.html").words
    tests = [one for one in by_hand.gradescope("ada")["tests"] if "essay" in one["name"]]  # type: ignore[attr-defined]
    assert [(one["score"], one["max_score"]) for one in tests] == [(1.5, 2), (0, 1)]


def test_a_course_without_such_exercises_has_no_such_column(graded: Class) -> None:
    assert "to grade" not in (graded.out / "grades.csv").read_text()
