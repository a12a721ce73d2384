"""The same text is graded once per run, for whoever submits it; what may depend on more than the text is not shared."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.conftest import TESTS
from tests.results import make_check, make_result
from torchdojo.batch.batch_run import BatchRun
from torchdojo.batch.jobs import Job, OnStart, Results
from torchdojo.batch.store import Store
from torchdojo.cli.main import cli
from torchdojo.collect.submissions import SubmittedFile, collect_submissions
from torchdojo.course import Course
from torchdojo.grading.result import Result
from torchdojo.sandbox.backend import NONE
from torchdojo.source.files import SourceError

REFERENCE = (TESTS / "tiny/reference/ch1_tiny.py").read_text()
STUB = (TESTS / "tiny/exercises/ch1_tiny.py").read_text()
PASSED = make_result(make_check("double.values", "passed", 2.0, 2.0))


def submitted(course: Course, student: str, source: bytes | SourceError, *notes: str) -> SubmittedFile:
    return SubmittedFile(student, course.chapters[0], f"{student}/ch1_tiny.py", source, notes=notes)


class Recorded:
    """A runner that gives each job the next of some results. asked: the texts of the jobs, a list per call"""

    def __init__(self, *results: Result) -> None:
        self.results = list(results)
        self.asked: list[list[bytes | SourceError]] = []

    def __call__(self, jobs: Sequence[Job], on_start: OnStart) -> Results:
        self.asked.append([job.source for job in jobs])
        for job in jobs:
            on_start(job)
            yield job, self.results.pop(0)


def run(out: Path, course: Course, files: list[SubmittedFile], runner: Recorded) -> tuple[dict[str, Result], list[str]]:
    """Return the stored results by student, and who was counted as graded, in order."""
    counted: list[str] = []
    with Store(out, course) as store:
        batch = BatchRun(course, NONE, store, runner=runner)
        batch.run(batch.missing(files), lambda file, _: counted.append(file.student))
        assert batch.missing(files) == []
        return {stored.student: stored.result for stored in store.results()}, counted


def test_a_text_that_several_submit_is_graded_once_and_its_result_comes_at_once(
    tmp_path: Path, tiny_course: Course
) -> None:
    texts = {"ada": b"same", "bob": b"other", "cleo": b"same", "dana": b"same"}
    files = [submitted(tiny_course, student, text) for student, text in texts.items()]
    runner = Recorded(PASSED, make_result(make_check("double.values", "failed", 2.0)))
    found, counted = run(tmp_path, tiny_course, files, runner)
    assert runner.asked == [[b"same", b"other"]]
    assert counted == ["ada", "cleo", "dana", "bob"]
    assert {name: result.score for name, result in found.items()} == {"ada": 2.0, "bob": 0.0, "cleo": 2.0, "dana": 2.0}
    assert {name: one.shared_from for name, one in found.items()} == {
        "ada": "",
        "bob": "",
        "cleo": "ada",
        "dana": "ada",
    }


def test_what_is_a_students_own_stays_so(tmp_path: Path, tiny_course: Course) -> None:
    files = [submitted(tiny_course, "ada", b"same", "was UTF-16"), submitted(tiny_course, "bob", b"same")]
    graded = make_result(make_check("double.values", "passed", 2.0, 2.0), notes=["left out: line 3"])
    found, _ = run(tmp_path, tiny_course, files, Recorded(graded))
    assert found["ada"].notes == ["was UTF-16", "left out: line 3"]
    assert found["bob"].notes == ["left out: line 3"]


@pytest.mark.parametrize(
    "first",
    [
        make_result(status="grader_error"),
        make_result(make_check("double.values", "passed", 2.0, 2.0), make_check("scale.values", "grader_error", 1.0)),
        make_result(make_check("double.values", "timeout", 2.0)),
        make_result(make_check("double.values", "crashed", 2.0)),
        make_result(make_check("double.values", "memory", 2.0)),
        make_result(make_check("double.values", "error", 2.0), status="rejected"),
    ],
    ids=lambda result: f"{result.status} {[str(check.status) for check in result.checks]}",
)
def test_what_the_machine_may_have_caused_is_not_shared(tmp_path: Path, tiny_course: Course, first: Result) -> None:
    files = [submitted(tiny_course, student, b"same") for student in ("ada", "bob", "cleo")]
    runner = Recorded(first, first, PASSED)
    with Store(tmp_path, tiny_course) as store:
        BatchRun(tiny_course, NONE, store, runner=runner).run(files, lambda *_: None)
        found = {stored.student: stored.result for stored in store.results()}
    assert runner.asked == [[b"same"], [b"same", b"same"]]
    assert [found[name].status for name in ("ada", "bob", "cleo")] == [first.status, first.status, "graded"]
    assert {result.shared_from for result in found.values()} == {""}


def test_files_that_cannot_be_read_are_not_the_same(tmp_path: Path, tiny_course: Course) -> None:
    error = SourceError("is a symbolic link; submit the file itself")
    files = [submitted(tiny_course, student, error) for student in ("ada", "bob")]
    runner = Recorded(*[make_result(status="rejected")] * 2)
    run(tmp_path, tiny_course, files, runner)
    assert len(runner.asked[0]) == 2


def test_a_resumed_run_gives_copies_what_an_undisturbed_one_gives(tmp_path: Path, tiny_course: Course) -> None:
    files = [submitted(tiny_course, student, b"same") for student in ("ada", "bob")]
    run(tmp_path, tiny_course, files[:1], Recorded(PASSED))
    found, counted = run(tmp_path, tiny_course, files, Recorded(PASSED))
    assert counted == ["bob"]
    assert found["ada"].checks == found["bob"].checks


def dojo(*arguments: object) -> str:
    done = CliRunner().invoke(cli, ["--course", str(TESTS / "tiny"), *map(str, arguments)])
    assert done.exit_code == 0, done.output
    return done.output


def test_the_summary_and_the_report_count_them_and_feedback_names_nobody(tmp_path: Path) -> None:
    texts = {"ada": STUB, "zz_bob": STUB, "yy_cleo": REFERENCE, "xx_dana": REFERENCE, "emil": f"{REFERENCE}\n# mine\n"}
    for student, text in texts.items():
        (tmp_path / "in" / student).mkdir(parents=True)
        (tmp_path / "in" / student / "ch1_tiny.py").write_text(text)
    out = tmp_path / "out"
    said = dojo("grade", tmp_path / "in", "--out", out, "--sandbox", "none", "--jobs", "1")
    words = "2 submissions with the same text as another, graded once, 1 of them untouched"
    assert words in said
    assert words in (out / "report.html").read_text()
    lines: list[dict[str, Any]] = [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]
    shared = {line["student"]: line["shared_from"] for line in lines}
    assert shared == {"ada": "", "emil": "", "xx_dana": "", "yy_cleo": "xx_dana", "zz_bob": "ada"}
    scores = {line["student"]: line["score"] for line in lines}
    assert scores == {"ada": 0, "emil": 3.5, "xx_dana": 3.5, "yy_cleo": 3.5, "zz_bob": 0}
    for student in texts:
        pages = [path.read_text() for path in (out / "feedback" / student).iterdir()]
        assert len(pages) == 4
        assert not any(other in page for page in pages for other in set(texts) - {student})
        assert not any("graded once" in page or "same text" in page for page in pages)


def test_collected_copies_are_graded_as_each_would_be_alone(tmp_path: Path, tiny_course: Course) -> None:
    for student in ("ada", "bob"):
        (tmp_path / "in" / student).mkdir(parents=True)
        (tmp_path / "in" / student / "ch1_tiny.py").write_text(REFERENCE.replace("return 2 * x", "return 2 * x + 1"))
    files = collect_submissions(tmp_path / "in", tiny_course).files
    with Store(tmp_path / "out", tiny_course) as store:
        batch = BatchRun(tiny_course, NONE, store)
        batch.run(files, lambda *_: None)
        together = {one.student: [check.message for check in one.result.checks] for one in store.results()}
        batch.run(files[1:], lambda *_: None)
        alone = [check.message for one in store.results({("bob", "ch1_tiny")}) for check in one.result.checks]
    assert together["ada"] == together["bob"] == alone
    assert any(alone)
