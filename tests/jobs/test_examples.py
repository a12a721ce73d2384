"""The example courses, as somebody uses them who has installed torchdojo from its wheel: outside of this project."""

from __future__ import annotations

import json
import shutil
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import PROJECT
from tests.jobs.conftest import Done, MadeOnce, dojo, read_grades, run
from torchdojo.course import Chapter, Course, lay_over, load_course
from torchdojo.source.files import ParsedSource

EXAMPLES = PROJECT / "examples"
QUICK = ("--seeds", "1", "--variants", "0", "--no-mutants", "--sandbox", "none")
HOSTILE = """
import os


class EqualToAll:
    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0


def {first}(*args, **kwargs):
    os._exit(0)


def {second}(*args, **kwargs):
    return EqualToAll()
"""


@dataclass(frozen=True)
class Example:
    """A copy of an example course, and the environment that torchdojo was installed into."""

    course: Course
    installed: Path

    @property
    def chapter(self) -> Chapter:
        return self.course.chapters[0]

    @property
    def right(self) -> str:
        return self.course.reference_file(self.chapter).read_text(encoding="utf-8")

    def answer(self, *names: str) -> str:
        """Return known answers, such as "mistakes/softmax/overflow", laid over the reference."""
        answer = self.right.encode()
        for name in names:
            overlay = self.course.graders_folder(self.chapter) / f"{name}.py"
            answer = lay_over(ParsedSource(answer), ParsedSource(overlay.read_bytes()))
        return answer.decode()

    def dojo(self, *arguments: object) -> Done:
        return run(self.installed / "bin/dojo", *arguments, cwd=self.course.root)


@pytest.fixture(scope="session")
def installed(made_once: MadeOnce) -> Path:
    """An environment into which nothing but torchdojo's wheel was installed, the one that a release has in it."""

    def fill(folder: Path) -> None:
        release = folder / "release"
        done = dojo("--course", EXAMPLES / "algorithms", "release", "--out", release)
        assert done.code == 0, done.text
        (wheel,) = release.glob("wheels/*.whl")
        venv.create(folder / "venv", with_pip=True)
        install = ("-m", "pip", "install", "--quiet", "--no-index", "--no-deps", wheel)
        done = run(folder / "venv/bin/python", *install, cwd=folder)
        assert done.code == 0, done.text
        (packages,) = folder.glob("venv/lib/python3.*/site-packages")
        (packages / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")

    return made_once("wheel", fill) / "venv"


@pytest.fixture(params=["language_model", "algorithms"])
def example(request: pytest.FixtureRequest, installed: Path, tmp_path: Path) -> Example:
    hidden = shutil.ignore_patterns(".*", "__pycache__")
    shutil.copytree(EXAMPLES / request.param, tmp_path / "course", ignore=hidden)
    return Example(load_course(tmp_path / "course"), installed)


def graded(out: Path) -> dict[str, dict[str, Any]]:
    lines = [json.loads(line) for line in (out / "results.jsonl").read_text(encoding="utf-8").splitlines()]
    return {line["student"]: line for line in lines}


def test_the_installed_package_is_the_wheel(installed: Path) -> None:
    done = run(installed / "bin/python", "-c", "import torchdojo; print(torchdojo.__file__)", cwd=installed)
    assert Path(done.out.strip()).is_relative_to(installed)


def test_it_is_started_and_solved(example: Example) -> None:
    path, exercises = example.course.exercise_file(example.chapter), len(example.chapter.graded_exercises)
    committed = path.read_bytes()
    assert example.dojo("stubs").code == 0
    assert path.read_bytes() == committed
    start = example.dojo("check")
    assert start.code == 1, start.text
    assert f"0 of {exercises} exercises" in start.out
    assert f"Start with {example.chapter.exercises[0].name} in {path.relative_to(example.course.root)}" in start.out
    path.write_text(example.right, encoding="utf-8")
    solved = example.dojo("check")
    assert solved.code == 0, solved.text
    assert f"{exercises} of {exercises} exercises" in solved.out
    assert "20 of 20 points" in solved.out


def test_it_is_verified(example: Example) -> None:
    verified = example.dojo("verify", *QUICK)
    assert verified.code == 0, verified.text
    assert "all verdicts are as expected" in verified.out


def test_right_wrong_and_hostile_answers_are_graded(example: Example, tmp_path: Path) -> None:
    wrong = {"language_model": "cross_entropy/log_of_softmax", "algorithms": "merge_sort/unstable"}
    right = {"language_model": "AdamW/as_torch_writes_it", "algorithms": "shortest_paths/bellman_ford"}
    kind = "algorithms" if example.chapter.kind == "python" else "language_model"
    first, second = (exercise.name for exercise in example.chapter.exercises[:2])
    answers = {
        "ada": example.answer(f"accepted/{right[kind]}"),
        "bob": example.answer(f"mistakes/{wrong[kind]}"),
        "eve": example.right + HOSTILE.format(first=first, second=second),
    }
    for student, answer in answers.items():
        folder = tmp_path / "submissions" / student
        folder.mkdir(parents=True)
        (folder / f"{example.chapter.name}.py").write_text(answer, encoding="utf-8")
    done = example.dojo("grade", tmp_path / "submissions", "--out", tmp_path / "out")
    assert done.code == 0, done.text
    results = graded(tmp_path / "out")
    assert {result["status"] for result in results.values()} == {"graded"}

    totals = {student: float(row["total"]) for student, row in read_grades(tmp_path / "out").items()}
    points = {exercise.name: exercise.points for exercise in example.chapter.exercises}
    assert totals["ada"] == 20
    assert totals["eve"] == 20 - points[first] - points[second]
    exercise, _, mistake = wrong[kind].partition("/")
    lost = [check for check in results["bob"]["checks"] if check["status"] != "passed"]
    assert lost
    assert {(check["exercise"].rpartition("/")[2], check["mistake"]) for check in lost} == {(exercise, mistake)}
    assert 20 - points[exercise] < totals["bob"] < 20
    statuses = {first: set(), second: set()}
    for check in results["eve"]["checks"]:
        statuses.setdefault(check["exercise"].rpartition("/")[2], set()).add(check["status"])
    assert statuses[first] == {"crashed"}
    assert "passed" not in statuses[second]


def test_it_is_released(example: Example, tmp_path: Path) -> None:
    done = example.dojo("release", "--out", tmp_path / "release", "--no-wheel")
    assert done.code == 0, done.text
    release = load_course(tmp_path / "release")
    assert release.released
    stub = release.exercise_file(release.chapters[0])
    assert not release.reference_file(release.chapters[0]).exists()
    checked = run(example.installed / "bin/dojo", "check", cwd=release.root)
    assert checked.code == 1, checked.text
    assert f"Start with {release.chapters[0].exercises[0].name}" in checked.out
    stub.write_text(example.right, encoding="utf-8")
    solved = run(example.installed / "bin/dojo", "check", cwd=release.root)
    assert solved.code == 0, solved.text


def test_pytest_grades_it(example: Example) -> None:
    command = (example.installed / "bin/python", "-m", "pytest", "-q", f"graders/{example.chapter.name}")
    path = example.course.exercise_file(example.chapter)
    path.write_text(example.right, encoding="utf-8")
    passed = run(*command, cwd=example.course.root)
    assert passed.code == 0, passed.text
    assert "20 of 20 points" in passed.out
    first = example.chapter.exercises[0].name
    mistake = sorted((example.course.graders_folder(example.chapter) / f"mistakes/{first}").glob("*.py"))[0]
    path.write_text(example.answer(f"mistakes/{first}/{mistake.stem}"), encoding="utf-8")
    failed = run(*command, cwd=example.course.root)
    assert failed.code == 1, failed.text
    assert " failed" in failed.out
    assert " passed" in failed.out
