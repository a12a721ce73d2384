"""The release of the real course: it is made, gives nothing away, and works for a learner who has nothing else."""

from __future__ import annotations

import io
import json
import re
import shutil
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pexpect
import pyte
import pytest

from tests.conftest import PROJECT, TESTS
from tests.jobs.conftest import Done, MadeOnce, answer, copy_course, dojo, make, read_grades, reference, run
from torchdojo.authoring.leaks import find_leaks
from torchdojo.authoring.recording import collect_exchanges
from torchdojo.authoring.secrets import collect_secrets
from torchdojo.course import load_course
from torchdojo.grading.grader import PUBLIC_SECRET
from torchdojo.grading.recorded import read_recording
from torchdojo.wire import SentTensor, encode

THREE = "ch3_modules"
TOOLS = ("make", "sh", "test", "touch", "echo", "env")
KEPT_IN = ("reference", "mistakes", "accepted", "hostile")


@pytest.fixture(scope="session")
def release(made_once: MadeOnce) -> Path:
    """The release of the real course, as `make release` makes it."""

    def fill(folder: Path) -> None:
        done = make("release", f"RELEASE={folder}", cwd=PROJECT)
        assert done.code == 0, done.text
        assert re.search(r"public checks worth [\d.]+ of 140 points", done.out), done.out

    return made_once("release", fill)


# What it must not hold. This looks with eyes of its own: nothing of the leak scan is used.


def everything_in(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.namelist():
                yield from everything_in(f"{name}/{member}", archive.read(member))
    else:
        yield name, data


def solution_lines() -> set[str]:
    """Return the lines of solutions that have more than 35 characters, but for those that a stub has, too."""
    stubs = "\n".join(path.read_text(encoding="utf-8") for path in PROJECT.glob("exercises/*.py"))
    lines: set[str] = set()
    for path in PROJECT.glob("reference/*.py"):
        text = path.read_text(encoding="utf-8")
        blocks = re.findall(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", text, re.DOTALL)
        blocks += re.findall(r"^(.*)# SOLUTION$", text, re.MULTILINE)
        lines |= {line.strip() for block in blocks for line in block.splitlines()}
    return {line for line in lines if len(line) > 35 and line not in stubs}


def test_no_solution_and_no_folder_of_answers_is_in_it(release: Path) -> None:
    lines = solution_lines()
    assert len(lines) > 100
    found = [
        f"{name}: {line}"
        for path in sorted(release.rglob("*"))
        if path.is_file()
        for name, data in everything_in(path.relative_to(release).as_posix(), path.read_bytes())
        for text in (data.decode("utf-8", "replace"), data.decode("utf-8", "replace").replace('\\"', '"'))
        for line in lines
        if line in text or set(KEPT_IN) & set(name.split("/"))
    ]
    assert found == []


def test_this_look_would_have_found_one(release: Path, tmp_path: Path) -> None:
    """The test above can fail: a line in the wheel is seen."""
    line = max(solution_lines())
    with zipfile.ZipFile(tmp_path / "a.whl", "w") as archive:
        archive.writestr("torchdojo/a.py", line)
    assert [line in data.decode() for _, data in everything_in("a.whl", (tmp_path / "a.whl").read_bytes())] == [True]


# What would be refused: one secret of each kind, in each thing that a release is made of.


def block(path: str, pattern: str) -> str:
    found = re.search(pattern, (PROJECT / path).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert found, f"{path} has no {pattern}"
    return found[0]


def planted_texts() -> dict[str, str]:
    """Return one secret of each kind of chapter 3, by what a refusal must call it."""
    course = load_course(PROJECT)
    chapter = next(chapter for chapter in course.chapters if chapter.name == "ch3_modules")
    hidden = [asked for result, asked in collect_exchanges(course, chapter, PUBLIC_SECRET) if not result.public]
    (call, *_), outputs = next(
        (calls, out)
        for asked in hidden
        for calls, out in asked
        if any(isinstance(v, SentTensor) for v in out[0].values())
    )
    numbers = next(value.tensor for value in outputs[0].values() if isinstance(value, SentTensor))
    graders = "graders/ch3_modules"
    return {
        "the solution of ch3_modules/DropLayer": block(
            "reference/ch3_modules.py", r"(?<=BEGIN SOLUTION\n)\s+if not self.training:.*?(?=\s+### END)"
        ),
        "the hidden check ch3_modules/test_survival_probabilities.py::test_one_layer": block(
            f"{graders}/test_survival_probabilities.py", r"^def test_one_layer.*?(?=\n\n\n)"
        ),
        "the hidden probe ch3_modules/probes.py::probabilities_by_default": block(
            f"{graders}/probes.py", r"^@probe[^\n]*\ndef probabilities_by_default.*?(?=\n\n\n)"
        ),
        "the known mistake ch3_modules/DropLayer/scaled_in_training": block(
            f"{graders}/mistakes/DropLayer/scaled_in_training.py", r"^class .*"
        ),
        "an expected value of the hidden check": repr(numbers.tolist()),
        "an input seed of the hidden check": f"seed = {call.seed}\n",
    }


def as_notebook(text: str) -> bytes:
    cell = {"cell_type": "code", "metadata": {}, "source": text.splitlines(keepends=True), "outputs": []}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def framed(message: dict[str, object]) -> bytes:
    data = encode(message)
    return len(data).to_bytes(8, "big") + data


def test_every_kind_of_secret_is_refused_in_everything_a_release_is_made_of(release: Path, tmp_path: Path) -> None:
    course = load_course(PROJECT)
    chapters = [chapter for chapter in course.chapters if chapter.name == "ch3_modules"]
    changed = Path(shutil.copytree(release, tmp_path / "release"))
    wheel = next(changed.glob("wheels/*.whl"))
    recording = changed / "graders/ch1_fundamentals/recorded.bin"
    read_recording(recording)
    wanted: set[tuple[str, str]] = set()
    for number, (what, text) in enumerate(planted_texts().items()):
        (changed / f"notes{number}.md").write_text(f"Notes\n\n{text}\n", encoding="utf-8")
        (changed / f"ch{number}.ipynb").write_bytes(as_notebook(text))
        with zipfile.ZipFile(wheel, "a") as archive:
            archive.writestr(f"torchdojo/more{number}.py", text)
        with recording.open("ab") as file:
            file.write(framed({"question": "", "reference": [{"said": text}], "mistakes": {}, "fingerprints": []}))
        carriers = {f"notes{number}.md", f"ch{number}.ipynb", f"wheels/{wheel.name}!torchdojo/more{number}.py"}
        wanted |= {(carrier, what) for carrier in {*carriers, recording.relative_to(changed).as_posix()}}
    secrets = collect_secrets(replace(course, chapters=chapters))
    found = {(leak.file, re.sub(r"(?<=of the hidden check).*", "", leak.what)) for leak in find_leaks(changed, secrets)}
    assert wanted - found == set()
    assert {file for file, _ in found} == {file for file, _ in wanted}  # and nothing else is suspected


def test_a_secret_in_the_engine_stops_the_release(tmp_path: Path) -> None:
    """End to end: the wheel is built of an engine that has a solution of the course in it."""
    for name in ("torchdojo", "pyproject.toml", "README.md"):
        copy = shutil.copytree if (PROJECT / name).is_dir() else shutil.copy2
        copy(PROJECT / name, tmp_path / name)
    course = tmp_path / "course"
    shutil.copytree(TESTS / "tiny", course)
    solution = block("tests/tiny/reference/ch1_tiny.py", r"(?<=BEGIN SOLUTION\n)\s+if x.*?(?=\s+### END)")
    with (tmp_path / "torchdojo/worker/warm.py").open("a") as file:
        file.write(f"\n\ndef twice(x):\n{solution}\n")
    command = (sys.executable, "-m", "torchdojo", "--course", course, "release", "--out", tmp_path / "out")
    done = run(*command, cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)})
    assert done.code == 2
    assert "it would leak solutions or hidden checks" in done.err
    assert re.search(r"\.whl!torchdojo/worker/warm\.py: the solution of ch1_tiny/double: ifx\.numel", done.err)
    assert not (tmp_path / "out").exists()


# What a learner does with it: an empty folder, a fresh environment, and no network once that is installed.


class Learner:
    """Somebody with a release and its environment, and neither bubblewrap nor a network."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.around = (shutil.which("bwrap"), "--dev-bind", "/", "/", "--unshare-net", "--chdir", root, "--")
        self.environment = {"PATH": str(root.parent / "tools"), "LANG": "C.UTF-8"}

    def __call__(self, *command: str) -> Done:
        return run(*self.around, *command, cwd=self.root, env=self.environment)

    def write(self, chapter: str, text: str) -> None:
        (self.root / f"exercises/{chapter}.py").write_text(text, encoding="utf-8")


@pytest.fixture(scope="session")
def installed(release: Path, made_once: MadeOnce) -> Path:
    """A release, unpacked, with an environment into which nothing but its wheel was installed."""

    def fill(folder: Path) -> None:
        packed = shutil.make_archive(str(folder.parent / "release"), "zip", release)
        root = folder / "course"
        shutil.unpack_archive(packed, root)
        venv.create(root / ".venv", with_pip=True)
        (wheel,) = root.glob("wheels/*.whl")
        install = ("-m", "pip", "install", "--quiet", "--no-index", "--no-deps", wheel)
        done = run(root / ".venv/bin/python", *install, cwd=root)
        assert done.code == 0, done.text
        # What the engine needs comes from here, instead of from a package registry; the engine itself does not.
        (packages,) = root.glob(".venv/lib/python3.*/site-packages")
        (packages / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
        (root / ".venv/installed").touch()
        (folder / "tools").mkdir()
        for name in TOOLS:
            (folder / "tools" / name).symlink_to(shutil.which(name) or f"/usr/bin/{name}")

    return made_once("learner", fill)


@pytest.fixture
def learner(installed: Path, tmp_path: Path) -> Learner:
    shutil.copytree(installed / "course", tmp_path / "course", symlinks=True, ignore=shutil.ignore_patterns(".venv"))
    (tmp_path / "course/.venv").symlink_to(installed / "course/.venv")
    (tmp_path / "tools").symlink_to(installed / "tools")
    return Learner(tmp_path / "course")


def test_the_first_check_is_calm(learner: Learner) -> None:
    where = learner(".venv/bin/python", "-c", "import torchdojo; print(torchdojo.__file__)")
    assert where.out.startswith(f"{learner.root}/.venv/")
    done = learner("make", "check")
    assert done.code == 0, done.text
    assert "0 of 38 exercises" in done.out
    assert "Start with init_parameters in exercises/ch1_fundamentals.py" in " ".join(done.out.split())
    assert "✗" not in done.out
    assert done.err == ""


def test_right_answers_pass_here_and_what_is_submitted_gets_full_marks(learner: Learner, tmp_path: Path) -> None:
    learner.write(THREE, reference(THREE))
    done = learner("make", "check")
    assert done.code == 0
    assert "4 of 38 exercises" in done.out
    chapter = load_course(learner.root).find(THREE)
    assert chapter is not None
    assert f"★ {chapter.title}: all {chapter.points:g} points." in done.out, done.out
    packed = learner("make", "submit")
    assert packed.code == 0
    assert "submission.zip" in packed.out
    (tmp_path / "handed_in/ada").mkdir(parents=True)
    shutil.move(learner.root / "submission.zip", tmp_path / "handed_in/ada/submission.zip")
    graded = dojo("grade", tmp_path / "handed_in", "--out", tmp_path / "out")
    assert graded.code == 0, graded.text
    (row,) = read_grades(tmp_path / "out").values()
    assert (row[THREE], row["total"], row["max"]) == ("20", "20", "20")


def shown(screen: str) -> list[str]:
    """Return what a check says of the first thing that is wrong: from its mark to where to read on."""
    lines = screen.splitlines()
    first = next(index for index, line in enumerate(lines) if line.startswith(" ✗"))
    return [line.rstrip() for line in lines[first : next(i for i in range(first, len(lines)) if "Read" in lines[i])]]


WRONG = {
    "ch3_modules": "DropLayer/scaled_in_training",
    "ch5_ensembles": "majority_vote/least_frequent",
}


@pytest.mark.parametrize("chapter", ["ch3_modules", pytest.param("ch5_ensembles", marks=pytest.mark.slow)])
def test_a_wrong_answer_is_told_as_in_the_course(learner: Learner, tmp_path: Path, chapter: str) -> None:
    text = answer(chapter, f"mistakes/{WRONG[chapter]}")
    learner.write(chapter, text)
    course = copy_course(tmp_path / "whole")
    (course / f"exercises/{chapter}.py").write_text(text, encoding="utf-8")
    here = learner(".venv/bin/dojo", "check", chapter)
    there = dojo("check", chapter, "--sandbox", "none", cwd=course)
    assert (here.code, there.code) == (1, 1)
    assert shown(here.out) == shown(there.out)
    assert "called" in here.out


def test_hint_reset_list_and_doctor_work(learner: Learner) -> None:
    learner.write("ch1_fundamentals", reference("ch1_fundamentals"))
    assert "hint 1 of 3" in learner(".venv/bin/dojo", "hint", "sgd_step").out
    done = learner(".venv/bin/dojo", "reset", "sgd_step")
    assert done.code == 0, done.text
    text = (learner.root / "exercises/ch1_fundamentals.py").read_text(encoding="utf-8")
    stub = (PROJECT / "exercises/ch1_fundamentals.py").read_text(encoding="utf-8")
    start = text[text.index("def sgd_step") : text.index("# %%", text.index("def sgd_step"))]
    assert start in stub
    assert "torch.randn(2, 1) * 0.01" in text  # the others stay
    assert "sgd_step" in learner("make", "list").out
    doctor = learner("make", "doctor")
    assert doctor.code == 0, doctor.text
    assert "Ready" in doctor.out


def test_watch_tells_of_a_save(learner: Learner) -> None:
    screen = pyte.Screen(100, 45)
    stream = pyte.ByteStream(screen)
    command, *arguments = [str(word) for word in (*learner.around, "make", "watch")]
    environment = {**learner.environment, "TERM": "xterm-256color"}
    child = pexpect.spawn(command, arguments, dimensions=(45, 100), env=environment, cwd=learner.root, timeout=60)

    def until(words: str) -> None:
        for _ in range(600):
            if words in "\n".join(screen.display):
                return
            try:
                stream.feed(child.read_nonblocking(65536, timeout=0.2))
            except pexpect.TIMEOUT:
                pass
        raise AssertionError("\n".join(screen.display))

    until("init_parameters is still to do")
    learner.write("ch1_fundamentals", reference("ch1_fundamentals"))
    until("✓ init_parameters")
    child.send("q")
    child.expect(pexpect.EOF, timeout=20)
    child.close()
    assert child.exitstatus == 0
