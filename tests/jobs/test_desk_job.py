"""One evening at the desk, with a class of 40 of the real course: from the first look to published grades and a regrade.

A check of the course is wrong at first. Two people sit at the desk, which is killed while they decide.
"""

from __future__ import annotations

import csv
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser import faults, visit
from tests.jobs.conftest import DOJO, Done, MadeOnce, answer, copy_one_chapter, dojo, half_done, read_grades, reference

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHAPTER = "ch3_modules"
GOOD = [f"g{n:02}" for n in range(10)]
MISTAKEN = [f"m{n:02}" for n in range(25)]
HALF = [f"h{n}" for n in range(4)]
RIGHT_CHECK = "    compare(probes.linear_without_bias)\n"
WRONG_CHECK = f'{RIGHT_CHECK}    expect(False, expected="a bias of zeros", got="no bias")\n'
LINK = re.compile(r"(\w+) +(http://127\.0\.0\.1:\d+)(/enter\?token=\S+)")


@pytest.fixture(scope="module")
def evening(made_once: MadeOnce) -> Path:
    """A folder with the course, whose check of a missing bias is wrong, and a class of 40, graded."""

    def make(place: Path) -> None:
        course = copy_one_exercise(place / "course")
        checks = course / f"graders/{CHAPTER}/test_linear.py"
        text = checks.read_text(encoding="utf-8")
        assert text.count(RIGHT_CHECK) == 1
        checks.write_text(text.replace(RIGHT_CHECK, WRONG_CHECK), encoding="utf-8")
        texts = {
            **dict.fromkeys(GOOD, reference(CHAPTER)),
            **dict.fromkeys(MISTAKEN, answer(CHAPTER, "mistakes/Linear/bias_forgotten")),
            **dict.fromkeys(HALF, half_done(CHAPTER, "DropLayer")),
            "rude": "def f(:\n",
        }
        for number, (student, text) in enumerate(texts.items()):
            folder = place / "submissions" / student
            folder.mkdir(parents=True)
            (folder / f"{CHAPTER}.py").write_text(f"{text}\n# {number}\n", encoding="utf-8")
        assert len(texts) == 40
        done = grade(place)
        assert done.code == 0, done.text

    return made_once("evening", make)


def copy_one_exercise(folder: Path) -> Path:
    """Copy the real chapter with `Linear` as its only exercise, which grades 40 submissions in seconds."""
    toml = copy_one_chapter(folder, CHAPTER) / "course.toml"
    head, first, *others = toml.read_text(encoding="utf-8").split("[[chapter.exercise]]\n")
    assert 'name = "Linear"' in first
    toml.write_text(f"{head}[[chapter.exercise]]\n{first}", encoding="utf-8")
    for other in others:
        name = re.findall(r'^name = "(\w+)"', other, re.MULTILINE)[0]
        for kind in ("accepted", "mistakes"):
            shutil.rmtree(folder / f"graders/{CHAPTER}/{kind}/{name}", ignore_errors=True)
    for checks in (folder / f"graders/{CHAPTER}").glob("test_*.py"):
        if checks.name != "test_linear.py":
            checks.unlink()
    return folder


@pytest.fixture
def place(evening: Path, tmp_path: Path) -> Path:
    """A copy of the graded class, to decide about."""
    return shutil.copytree(evening, tmp_path / "evening", symlinks=True)


def grade(place: Path, *options: str) -> Done:
    return dojo("--course", "course", "grade", "submissions", "--out", "out", *options, cwd=place)


@dataclass
class OpenDesk:
    """A running desk: its process, its address, and the path of each person's link."""

    process: subprocess.Popen[str]
    address: str
    paths: dict[str, str]


@contextmanager
def desk(place: Path, *people: str) -> Iterator[OpenDesk]:
    """Run `dojo desk` for these people."""
    command = [DOJO, "--course", "course", "desk", "out", "--port", "0"]
    command += [word for person in people for word in ("--user", person)]
    with subprocess.Popen(command, cwd=place, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            links = [LINK.search(process.stdout.readline()) for _ in people]
            assert all(links)
            found = [link for link in links if link]
            yield OpenDesk(process, found[0][2], {link[1]: link[3] for link in found})
        finally:
            process.send_signal(signal.SIGINT)


@contextmanager
def seat(browser: Browser, desk: OpenDesk, person: str, **window: int) -> Iterator[Page]:
    """Open a person's link, and show the queue."""
    with visit(browser, f"{desk.address}{desk.paths[person]}", **window) as seen:
        seen.page.goto(f"{desk.address}/")
        yield seen.page
        assert not [error for error in seen.errors if "409" not in error]
        assert seen.outside(desk.address) == []


def saved(page: Page) -> str:
    """Wait until a decision is saved; return what the page says."""
    news = page.locator("#news")
    news.get_by_text("Saved").wait_for()
    return news.inner_text()


def open_submission(page: Page, desk: OpenDesk, student: str, query: str = "") -> None:
    page.goto(f"{desk.address}/submission/{student}/{CHAPTER}{query}")


def test_an_evening_at_the_desk(place: Path, browser: Browser) -> None:
    out = place / "out"
    with desk(place, "tina", "tom") as open_desk, seat(browser, open_desk, "tina") as page:
        # First look: who needs attention.
        assert "of 40" in page.locator("main").inner_text()
        assert faults(page) == ""
        page.get_by_role("link", name=re.compile("needs attention")).click()
        assert page.get_by_role("link", name="rude").is_visible()
        page.goto(f"{open_desk.address}/?filter=all")

        # A check that everybody fails is looked at, and switched off for this run.
        page.goto(f"{open_desk.address}/check/{CHAPTER}/Linear/without_bias")
        assert "0 of 40 passed" in page.locator("main").inner_text()
        page.keyboard.press("w")
        page.get_by_role("radio", name="Everybody gets its points").check()
        page.get_by_label(re.compile("Reason")).fill("The check asked for more than the text does.")
        page.get_by_role("button", name=re.compile("Save for all")).click()
        assert "Saved" in saved(page)
        assert faults(page) == ""

        # One mistake, 25 submissions, one decision, shown before it is made.
        open_submission(page, open_desk, MISTAKEN[0])
        before = page.locator("#score .total strong").inner_text()
        page.locator("summary", has_text="the points of values").click()
        form = page.locator("details[open] > form", has=page.get_by_role("button", name=re.compile("for all 25")))
        form.get_by_label("points", exact=True).fill("0.5")
        form.get_by_label("reason").fill("The rest is right.")
        form.get_by_role("button", name=re.compile("for all 25")).click()
        page.get_by_text("One decision for 25 submissions").wait_for()
        assert page.locator("tbody tr").count() == 25
        page.get_by_role("button", name="Save as one decision").click()
        saved(page)
        assert page.locator("#score .total strong").inner_text() != before
        assert "by review" in page.locator("#score").inner_text()

        # Undone as one, with a key, and made again by an undo of the undo.
        page.keyboard.press("u")
        page.locator("#score .total strong").get_by_text(before, exact=True).wait_for()
        assert "Saved" in saved(page)
        page.locator("#history").get_by_role("button", name=re.compile("undo this: undo", re.IGNORECASE)).first.click()
        page.locator("#score").get_by_text("by review").wait_for()

        # Two people decide at once: the second sees the conflict and loses nothing.
        open_submission(page, open_desk, GOOD[0])
        with seat(browser, open_desk, "tom", width=390, height=844) as other:
            open_submission(other, open_desk, GOOD[0])
            assert faults(other) == ""
            decide_chapter(page, "4", "as agreed with tina")
            saved(page)
            decide_chapter(other, "3", "as agreed with tom")
            other.locator("#refused").get_by_text("somebody decided about this in the meantime").wait_for()
            assert "as agreed with tina" in other.locator("#refused").inner_text()
            other.get_by_role("button", name="Save mine").click()
            saved(other)
            assert other.locator("#score .total strong").inner_text() == "3"

        # The desk is killed right after it said that a comment is saved.
        open_submission(page, open_desk, HALF[0])
        page.locator("#whole-comment summary").click()
        page.locator("#whole-text").fill("A good start: **go on** with `DropLayer`.")
        page.locator("#whole-comment").get_by_role("button", name="Save").click()
        saved(page)
        open_desk.process.kill()

    with desk(place, "tina") as open_desk, seat(browser, open_desk, "tina") as page:
        open_submission(page, open_desk, HALF[0])
        assert page.locator("#comments strong", has_text="go on").is_visible()
        page.keyboard.press("r")
        saved(page)
        page.keyboard.press("n")
        page.wait_for_url(re.compile(f"/submission/(?!{HALF[0]}/)"))

        # Published.
        page.goto(f"{open_desk.address}/publish")
        assert faults(page) == ""
        page.get_by_role("button", name=re.compile("^Publish")).click()
        page.get_by_text(re.compile("Published|published")).first.wait_for()
    published = read_grades(out)
    assert published[GOOD[0]][CHAPTER] == "3"
    feedback = (out / f"feedback/{HALF[0]}/{CHAPTER}.html").read_text(encoding="utf-8")
    assert "<strong>go on</strong>" in feedback
    assert "tina" not in feedback

    # The check is repaired, and the class graded again: it says who changed, and why, before anything is published.
    checks = place / f"course/graders/{CHAPTER}/test_linear.py"
    checks.write_text(checks.read_text(encoding="utf-8").replace(WRONG_CHECK, RIGHT_CHECK), encoding="utf-8")
    done = grade(place)
    assert done.code == 0, done.text
    with (out / "changes.csv").open(encoding="utf-8", newline="") as file:
        changes = list(csv.DictReader(file))
    repaired = {row["student"]: row for row in changes if row["check"] == "without_bias"}
    assert {*GOOD, *MISTAKEN} <= repaired.keys()
    assert all("grader" in repaired[student]["cause"] for student in (*GOOD, *MISTAKEN))
    assert (repaired[GOOD[1]]["status before"], repaired[GOOD[1]]["status after"]) == ("failed", "passed")
    with desk(place, "tina") as open_desk, seat(browser, open_desk, "tina") as page:
        page.goto(f"{open_desk.address}/changes")
        assert "without_bias" in page.locator("main").inner_text()
        assert faults(page) == ""
        open_submission(page, open_desk, MISTAKEN[3])
        assert (
            "was 1" in page.locator("#score").inner_text()
            or "The rest is right." in page.locator("#score").inner_text()
        )
    assert read_grades(out)[GOOD[0]][CHAPTER] == "3"
    done = dojo("--course", "course", "publish", "out", "--yes", cwd=place)
    assert done.code == 0, done.text


def decide_chapter(page: Page, points: str, reason: str) -> None:
    """Give a chapter its points."""
    page.locator("#score-edit, #chapter-edit").first.locator("summary").click()
    page.locator("#chapter-points").fill(points)
    page.locator("#chapter-reason").fill(reason)
    page.locator("#chapter-edit").get_by_role("button", name="Save", exact=True).click()
