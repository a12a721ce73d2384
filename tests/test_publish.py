"""Published grades are a state of their own: feedback and exports come from it, and the difference is always told."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.conftest import TESTS
from tests.results import CHAPTER, make_check, make_result
from torchdojo.batch.store import Store, StoredRun
from torchdojo.cli.main import cli
from torchdojo.collect.submissions import FileNote, Submissions
from torchdojo.course import Course
from torchdojo.grading.result import Result as Graded
from torchdojo.report.write import write_reports
from torchdojo.review.decision import Answer, Comment, Override, RegradeRequest
from torchdojo.review.decisions import Decisions, decide
from torchdojo.review.last_run import LAST_RUN, complete_run
from torchdojo.review.log import ReviewLog
from torchdojo.review.publication import (
    FACTS,
    PublicationError,
    find_publication,
    preview_publication,
    publish_grades,
)
from torchdojo.review.record import open_records
from torchdojo.review.warnings import publish_warnings
from torchdojo.review.works import target_of

ROOT = TESTS / "tiny"


def dojo(*arguments: object, text: str = "") -> Result:
    return CliRunner().invoke(cli, ["--course", str(ROOT), *map(str, arguments)], input=text, env={"COLUMNS": "200"})


def words(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return " ".join(result.output.split())


def graded(values: float, submission: str = "a", **fields: str) -> Graded:
    return make_result(
        make_check("double.values", "passed" if values == 2 else "failed", 2.0, values),
        make_check("Scale.values", "passed", 1.5, 1.5),
        submission=submission,
        **fields,
    )


def save(out: Path, course: Course, results: dict[str, Graded], submissions: Submissions | None = None) -> None:
    """Complete a run with these results."""
    with Store(out, course) as store:
        for student, result in results.items():
            store.save(student, result, "s:engine:g:none:cpu", b"x = 1\n")
        store.write_lists(submissions or Submissions(students=sorted(results)))
        store.finish(sorted(results), {(student, CHAPTER) for student in results})
        complete_run(store, open_records(out / LAST_RUN))


@pytest.fixture
def out(tmp_path: Path, tiny_course: Course) -> Path:
    """A class of two."""
    folder = tmp_path / "out"
    save(folder, tiny_course, {"ada": graded(2), "bela": graded(0)})
    return folder


def override(out: Path, course: Course, points: float, student: str = "bela") -> None:
    with StoredRun(out, course) as run:
        target = target_of(run, student, CHAPTER, "double")
    decide(ReviewLog(out), "tina", Override(targets=(target,), item="double", points=points, reason="nearly right"))


def exported(out: Path, *more: str) -> dict[str, str]:
    """Return the scores by student that Moodle gets."""
    path = out.parent / "canvas.csv"
    words(dojo("export", "canvas", out, "--out", path, *more))
    rows = [line.split(",") for line in path.read_text().splitlines()[2:]]
    return {row[0]: row[-1] for row in rows}


def feedback(out: Path, student: str) -> str:
    return (out / "feedback" / student / f"{CHAPTER}.md").read_text()


def test_feedback_and_exports_stay_as_published(out: Path, tiny_course: Course) -> None:
    assert "publish 2 grades of 2 students" in words(dojo("publish", out, "--yes", "--by", "tina"))
    assert exported(out) == {"ada": "3.5", "bela": "1.5"}
    before = feedback(out, "bela")
    save(out, tiny_course, {"ada": graded(2), "bela": graded(2, "better")})
    said = words(dojo("report", out))
    assert "by tina; 1 grade differs now: `dojo publish" in said
    assert feedback(out, "bela") == before
    page = (out / "report.html").read_text()
    assert "by tina; 1 grade differs now" in page
    assert re.search(r"bela.*1\.5.*3\.5", page[page.index("1 total that differs") :], re.DOTALL)
    assert exported(out) == {"ada": "3.5", "bela": "1.5"}
    assert exported(out, "--unpublished") == {"ada": "3.5", "bela": "3.5"}
    said = words(dojo("export", "canvas", out, "--out", out.parent / "x.csv"))
    assert "these grades were published" in said
    assert "1 grade differs now" in said
    said = words(dojo("publish", out, "--yes", "--by", "tom"))
    assert "bela: 1.5 → 3.5 points (+2)" in said
    assert exported(out) == {"ada": "3.5", "bela": "3.5"}
    assert feedback(out, "bela") != before
    assert "by tom; 0 grades differ now" in words(dojo("report", out))


def test_before_the_first_publication_everything_is_the_current_state(out: Path) -> None:
    assert "published" not in words(dojo("report", out))
    assert "Published" not in (out / "report.html").read_text()
    assert exported(out) == {"ada": "3.5", "bela": "1.5"}


def test_it_asks_and_a_no_publishes_nothing(out: Path) -> None:
    done = dojo("publish", out, text="n\n")
    assert done.exit_code == 1
    assert find_publication(out) is None
    assert dojo("publish", out, text="").exit_code == 1
    assert "nothing was published" in words(dojo("publish", out, "--dry-run"))
    assert find_publication(out) is None
    assert "published" in words(dojo("publish", out, text="y\n"))
    assert find_publication(out) is not None


def test_a_decision_counts_once_it_is_published(out: Path, tiny_course: Course) -> None:
    words(dojo("publish", out, "--yes"))
    override(out, tiny_course, 1)
    with StoredRun(out, tiny_course) as run:
        changes = preview_publication(run, Decisions.read(out)).changes
    assert changes.totals == {"bela": (1.5, 2.5)}
    assert [str(cause) for cause in changes.causes] == ["review"]
    words(dojo("publish", out, "--yes"))
    publication = find_publication(out)
    assert publication
    with publication.records() as records:
        assert [record.counted.earned for record in records] == [3.5, 2.5]


def test_what_is_published_is_what_was_shown(out: Path, tiny_course: Course) -> None:
    words(dojo("publish", out, "--yes", "--by", "tina"))
    with StoredRun(out, tiny_course) as run:
        digest = preview_publication(run, Decisions.read(out)).digest
    override(out, tiny_course, 1)
    with Store(out, tiny_course) as store, pytest.raises(PublicationError, match="grades changed since"):
        publish_grades(store, "tom", digest)
    publication = find_publication(out)
    assert publication
    assert publication.by == "tina"
    assert sorted(path.name for path in out.iterdir() if path.name.startswith("published")) == ["published"]


def test_it_warns_of_what_is_not_settled(out: Path, tiny_course: Course) -> None:
    with StoredRun(out, tiny_course) as run:
        assert publish_warnings(run, Decisions.read(out)) == []
        target = target_of(run, "bela", CHAPTER)
    override(out, tiny_course, 1)
    request = decide(ReviewLog(out), "bela", RegradeRequest(targets=(target,), text="Please look again."))
    note = FileNote("dan/a.py", "dan", CHAPTER, "which one counts?", is_unclear=True)
    error = make_result(make_check("double.values", "grader_error", 2.0), status="grader_error")
    results = {"ada": graded(2), "bela": graded(2), "cleo": error}
    save(out, tiny_course, results, Submissions(students=[*results, "dan"], file_notes=[note]))
    with Store(out, tiny_course) as store:
        store.save("ada", graded(0, "other"), "s:engine:g:none:cpu")
    said = words(dojo("publish", out, "--dry-run"))
    assert "1 regrade request is open: bela ch1_tiny" in said
    assert "1 grade has an override that is in doubt: bela ch1_tiny" in said
    assert "1 submission has a grader error, so no score: cleo ch1_tiny" in said
    assert "1 file is not graded, because it is unclear which one counts: dan ch1_tiny" in said
    assert "The last run was interrupted" in said
    decide(ReviewLog(out), "tina", Answer(request=request.id, text="Done."))
    assert "regrade request" not in words(dojo("publish", out, "--dry-run"))


def test_a_decision_alone_is_no_interrupted_run(out: Path, tiny_course: Course) -> None:
    override(out, tiny_course, 1)
    with StoredRun(out, tiny_course) as run:
        assert publish_warnings(run, Decisions.read(out)) == []


def test_it_refuses_while_a_run_is_writing(out: Path, tiny_course: Course) -> None:
    with Store(out, tiny_course):
        done = dojo("publish", out, "--yes")
    assert done.exit_code == 2
    assert "is running" in done.output
    assert find_publication(out) is None


def test_a_publication_of_another_version_is_refused_and_replaced(out: Path, tiny_course: Course) -> None:
    import sqlite3

    words(dojo("publish", out, "--yes", "--by", "tina"))
    with sqlite3.connect(out / "published/store.sqlite") as database:
        database.execute("PRAGMA user_version = 1")
    database.close()
    done = dojo("export", "canvas", out, "--out", out.parent / "x.csv")
    assert done.exit_code == 2
    assert "Publish again with `dojo publish" in " ".join(done.output.split())
    (out / "published" / FACTS).write_text("nonsense")
    done = dojo("report", out)
    assert done.exit_code == 2
    assert "Publish again with `dojo publish" in " ".join(done.output.split())
    assert "Publish again with" in (out / "report.html").read_text()
    with StoredRun(out, tiny_course) as run:
        write_reports(run)  # as at the end of `dojo grade`, which must not fail for this
    said = words(dojo("publish", out, "--yes", "--by", "tom"))
    assert "cannot be read" in said
    assert exported(out) == {"ada": "3.5", "bela": "1.5"}


def test_a_comment_reaches_the_student_when_it_is_published(out: Path, tiny_course: Course) -> None:
    words(dojo("publish", out, "--yes"))
    with StoredRun(out, tiny_course) as run:
        target = target_of(run, "bela", CHAPTER)
    decide(ReviewLog(out), "tina", Comment(targets=(target,), text="Look at the sign."))
    said = words(dojo("publish", out, "--yes"))
    assert "no grade changed since they were published" in said
    assert "Look at the sign." in (out / "published/reviews.jsonl").read_text()


KILL = """
import os, shutil, signal, sys
from pathlib import Path
from torchdojo.batch.store import Store
from torchdojo.course import load_course
import torchdojo.review.publication as publication

left = int(sys.argv[3])
def step(function):
    def counted(*arguments, **named):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments, **named)
    return counted

for name in ("rename", "mkdir"):
    setattr(Path, name, step(getattr(Path, name)))
for name in ("write_atomically", "sync_folder", "_freeze"):
    setattr(publication, name, step(getattr(publication, name)))
shutil.rmtree = step(shutil.rmtree)
with Store(Path(sys.argv[2]), load_course(Path(sys.argv[1]))) as store:
    left = int(sys.argv[3])
    publication.publish_grades(store, "tom")
    print("published")
"""


@pytest.mark.timeout(600)
def test_kill_9_leaves_the_old_publication_or_the_new_one(out: Path, tiny_course: Course) -> None:
    words(dojo("publish", out, "--yes", "--by", "tina"))
    save(out, tiny_course, {"ada": graded(2), "bela": graded(2, "better")})
    scores = {"tina": [3.5, 1.5], "tom": [3.5, 3.5]}
    seen = set()
    for step in range(100):
        command = [sys.executable, "-c", KILL, str(ROOT), str(out), str(step)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
        assert done.returncode in (0, -signal.SIGKILL), done.stderr
        publication = find_publication(out)
        assert publication
        with publication.records() as records, publication.open(tiny_course) as run:
            assert [record.counted.earned for record in records] == scores[publication.by]
            assert [stored.result.score for stored in run.results()] == scores[publication.by]
        if done.returncode == 0:
            break
        seen.add((publication.by, publication.folder.name))
        if publication.by == "tom":
            with Store(out, tiny_course) as store:  # so that the next kill meets an old publication again
                store.save("bela", graded(0), "s:engine:g:none:cpu", b"x = 1\n")
                publish_grades(store, "tina")
                store.save("bela", graded(2, "better"), "s:engine:g:none:cpu", b"x = 1\n")
    assert {("tina", "published"), ("tom", "published")} <= seen
    assert len({folder for _, folder in seen}) > 1  # also between the two renames
    assert sorted(path.name for path in out.iterdir() if path.name.startswith("published")) == ["published"]
    assert json.loads((out / "published" / FACTS).read_text())["by"] == "tom"


def test_a_regrade_leaves_published_feedback_as_it_is_and_says_so(tmp_path: Path) -> None:
    source = (ROOT / "reference/ch1_tiny.py").read_text()
    hand_in, out = tmp_path / "in/ada/ch1_tiny.py", tmp_path / "out"
    hand_in.parent.mkdir(parents=True)
    command = ("grade", tmp_path / "in", "--out", out, "--sandbox", "none", "--jobs", 1)
    hand_in.write_text(source.replace("return 2 * x", "return x * x"))
    assert "published" not in words(dojo(*command))
    words(dojo("publish", out, "--yes", "--by", "tina"))
    before = feedback(out, "ada")
    hand_in.write_text(source)
    said = words(dojo(*command))
    assert "ada: 1.5 → 3.5 points (+2)" in said
    assert "by tina; 1 grade differs now: `dojo publish" in said
    assert feedback(out, "ada") == before
    words(dojo("publish", out, "--yes"))
    assert feedback(out, "ada") != before
