"""What `dojo grade` does before the first verdict: torch is imported where it is used, and nowhere else."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.conftest import TESTS
from torchdojo.batch.grader_cache import GraderCache
from torchdojo.batch.jobs import Job
from torchdojo.course import Course
from torchdojo.sandbox.backend import SandboxBackend

REFERENCE = (TESTS / "tiny/reference/ch1_tiny.py").read_text()
WITHOUT_TORCH = """
import sys
sys.modules["torch"] = None  # importing it fails
from torchdojo.cli.main import cli
cli(sys.argv[1:])
"""


def test_the_process_that_hands_out_jobs_does_without_torch(tmp_path: Path) -> None:
    """From reading the submissions to the report, with a wrong answer whose words could be withheld."""
    texts = {"ada": REFERENCE, "bob": REFERENCE.replace("return 2 * x", "raise ValueError(f'{x} is odd')")}
    for student, text in texts.items():
        (tmp_path / "in" / student).mkdir(parents=True)
        (tmp_path / "in" / student / "ch1_tiny.py").write_text(text)
    command = ["--course", str(TESTS / "tiny"), "grade", str(tmp_path / "in"), "--out", str(tmp_path / "out")]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH, *command, "--sandbox", "none", "--jobs", "2"],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in (tmp_path / "out/results.jsonl").read_text().splitlines()]
    assert [(line["student"], line["status"]) for line in lines] == [("ada", "graded"), ("bob", "graded")]
    assert lines[0]["score"] == 3.5
    messages = {(check["exercise"], check["check"]): check["message"] for check in lines[1]["checks"]}
    hidden = messages["ch1_tiny/double", "float32"]
    assert "its words are not shown for a hidden check" in hidden
    assert "tensor([" not in hidden
    assert "tensor([" in messages["ch1_tiny/double", "values"]  # a public check


def test_the_sandbox_is_tested_with_the_worker_that_grades(tiny_course: Course, bubblewrap: SandboxBackend) -> None:
    graders = GraderCache(tiny_course.root, bubblewrap)
    try:
        graders.start_worker()
        tests = graders.selftest()
        assert len(tests) == 10
        assert [test for test in tests if not test.passed] == []
        assert graders.grade(Job("ada", "ch1_tiny", REFERENCE.encode(), b"secret")).score == 3.5
    finally:
        graders.close()
