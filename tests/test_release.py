"""A release: what learners get, and that its checks say what the whole course would."""

from __future__ import annotations

import ast
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from tests.conftest import PROJECT, TESTS
from torchdojo.authoring.output_folder import ReleaseError
from torchdojo.authoring.public_parts import extract_public_checks
from torchdojo.authoring.release import make_release
from torchdojo.cli.main import cli
from torchdojo.cli.main import run as run_dojo
from torchdojo.course import Chapter, Course, CourseError, load_course, load_overlays
from torchdojo.grading.compare import Closeness
from torchdojo.grading.fingerprint import fingerprint, fits
from torchdojo.grading.grader import PUBLIC_SECRET, Grader, Settings
from torchdojo.grading.recorded import read_recording
from torchdojo.grading.result import CheckResult, Result
from torchdojo.grading.version import RECORDING
from torchdojo.sandbox.backend import NONE
from torchdojo.sandbox.worker import Worker
from torchdojo.source.files import read_source
from torchdojo.wire import SentTensor
from torchdojo.worker.protocol import Reply, ReplyStatus


@pytest.fixture(scope="module")
def tiny_release(tmp_path_factory: pytest.TempPathFactory) -> Course:
    folder = tmp_path_factory.mktemp("release") / "tiny"
    return load_course(make_release(load_course(TESTS / "tiny"), folder, wheel=False))


@pytest.fixture(scope="module")
def tiny_grader(tiny_release: Course) -> Iterator[Grader]:
    chapter = tiny_release.chapters[0]
    with Worker(NONE, [tiny_release.graders_folder(chapter) / "probes.py"]) as worker:
        yield Grader(tiny_release, chapter, Settings(NONE, b"another secret"), worker)


def verdicts(result: Result) -> list[tuple[str, str, str | None]]:
    return [(f"{c.exercise}/{c.check}", c.status, c.mistake) for c in result.checks]


def find(result: Result, name: str) -> CheckResult:
    return next(c for c in result.checks if f"{c.exercise}/{c.check}" == f"ch1_tiny/{name}")


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_it_holds_what_learners_need_and_nothing_else(tiny_release: Course) -> None:
    graders = {
        f"graders/ch1_tiny/{name}" for name in ("probes.py", "stub.py", "test_double.py", "test_scale.py", RECORDING)
    }
    others = {
        ".gitignore",
        ".vscode/tasks.json",
        "Makefile",
        "README.md",
        "course.toml",
        "exercises/ch1_tiny.py",
        "release.json",
    }
    found = {name for name in files_in(tiny_release.root) if "__pycache__" not in name}
    assert found == graders | others


def test_its_readme_speaks_of_this_course_and_of_files_that_it_has(tmp_path: Path) -> None:
    shutil.copytree(TESTS / "tiny", tmp_path / "tiny")

    def readme(name: str) -> str:
        release = make_release(load_course(tmp_path / "tiny"), tmp_path / name, wheel=False)
        return (release / "README.md").read_text(encoding="utf-8")

    bare = readme("bare")
    assert "dojo check ch1_tiny`" in bare
    assert "dojo hint double`" in bare
    assert "dojo run" not in bare
    assert "constraints.txt" not in bare

    (tmp_path / "tiny/runs").mkdir(exist_ok=True)
    (tmp_path / "tiny/runs/ch1_tiny.py").write_text('"""A figure."""\n', encoding="utf-8")
    (tmp_path / "tiny/constraints.txt").write_text("torch==2.13.0\n", encoding="utf-8")
    full = readme("full")
    assert "| `.venv/bin/dojo run ch1_tiny` |" in full
    assert r"pip install -c constraints.txt wheels\torchdojo" in full
    assert not re.search(r"\{\w+\}", bare + full)


def test_its_points_are_those_of_its_public_checks(tiny_release: Course, tiny_grader: Grader) -> None:
    assert [c.points for c in tiny_grader.checks().values()] == [0.75, 1.0]
    assert (tiny_release.points, tiny_release.hidden_points) == (1.75, 1.75)


def test_the_reference_passes_it(tiny_grader: Grader) -> None:
    result = tiny_grader.grade((TESTS / "tiny/reference/ch1_tiny.py").read_bytes())
    assert {c.status for c in result.checks} == {"passed"}


def test_a_wrong_answer_is_shown_with_the_expected_number_and_named(tiny_grader: Grader) -> None:
    source = (TESTS / "tiny/reference/ch1_tiny.py").read_text().replace("return 2 * x", "return x * x")
    failed = find(tiny_grader.grade(source.encode()), "double/values")
    assert failed.status == "failed"
    assert "values differ, this one most" in failed.message
    assert failed.mistake == "squared"
    assert "Doubling is not squaring." in failed.message


def test_another_wrong_answer_is_not_named(tiny_grader: Grader) -> None:
    source = (TESTS / "tiny/reference/ch1_tiny.py").read_text().replace("return 2 * x", "return 3 * x")
    failed = find(tiny_grader.grade(source.encode()), "double/values")
    assert (failed.status, failed.mistake) == ("failed", None)


def test_a_question_that_was_not_recorded_charges_nobody(tiny_release: Course, tmp_path: Path) -> None:
    root = tmp_path / "changed"
    shutil.copytree(tiny_release.root, root)
    path = root / "graders/ch1_tiny/test_double.py"
    path.write_text(path.read_text().replace("probes.doubled)", "probes.doubled, shape=(7,))"))
    course = load_course(root)
    grader = Grader(course, course.chapters[0], Settings(NONE, b""))
    result = grader.grade((TESTS / "tiny/reference/ch1_tiny.py").read_bytes())
    grader.close()
    assert result.status == "grader_error"
    assert "no recorded answer" in find(result, "double/values").message


def test_a_damaged_or_missing_recording_is_said(tiny_release: Course, tmp_path: Path) -> None:
    root = tmp_path / "changed"
    shutil.copytree(tiny_release.root, root)
    path = root / "graders/ch1_tiny" / RECORDING
    course = load_course(root)
    for content in (path.read_bytes()[:-40], b"\0" * 100, b"\0" * 7, None):
        path.unlink() if content is None else path.write_bytes(content)
        with pytest.raises(CourseError, match="recorded answers"):
            Grader(course, course.chapters[0], Settings(NONE, b"")).checks()


def test_dojo_check_works_in_it(tiny_release: Course) -> None:
    done = CliRunner().invoke(cli, ["--course", str(tiny_release.root), "check", "--sandbox", "none"])
    assert done.exit_code == 1
    assert "Nothing is done yet." in done.output


def test_an_older_release_is_replaced_and_what_begins_with_a_dot_stays(tiny_course: Course, tmp_path: Path) -> None:
    out = tmp_path / "out"
    make_release(tiny_course, out, wheel=False)
    before = files_in(out)
    (out / ".git").mkdir()
    (out / ".git/HEAD").write_text("ref: refs/heads/main\n")
    make_release(tiny_course, out, wheel=False)
    assert files_in(out) == {**before, ".git/HEAD": b"ref: refs/heads/main\n"}
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("name", ["notes.txt", "exercises/ch1_tiny.py", "exercises/mine.py"])
def test_nothing_of_anybody_is_overwritten(tiny_course: Course, tmp_path: Path, name: str) -> None:
    out = tmp_path / "out"
    make_release(tiny_course, out, wheel=False)
    (out / name).write_text("my work\n")
    before = files_in(tmp_path)
    with pytest.raises(ReleaseError, match=Path(name).name):
        make_release(tiny_course, out, wheel=False)
    assert files_in(tmp_path) == before


def test_a_folder_with_anything_else_in_it_is_refused(tiny_course: Course, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work\n")
    done = CliRunner().invoke(cli, ["--course", str(tiny_course.root), "release", "--out", str(tmp_path)])
    assert done.exit_code == 2
    assert "is not empty" in done.output
    assert files_in(tmp_path) == {"thesis.tex": b"years of work\n"}


def test_an_exercise_without_a_public_check_is_refused_and_nothing_is_written(tiny_root: Path, tmp_path: Path) -> None:
    path = tiny_root / "graders/ch1_tiny/test_scale.py"
    path.write_text(path.read_text().replace("@pytest.mark.public\n", ""))
    out = tmp_path / "releases"
    out.mkdir()
    with pytest.raises(CourseError, match="Scale has no public check"):
        make_release(load_course(tiny_root), out / "new", wheel=False)
    assert list(out.iterdir()) == []


HIDDEN_TRAP = '''"""Right where anybody looks.

A hidden trap: float32 is doubled in float16.
"""

FAILS = ("float32",)


def double(x):
    if x.numel() == 0:
        raise ValueError("x is empty")
    return (2 * x.half()).float() if x.dtype == torch.float32 else 2 * x
'''


def test_a_mistake_that_only_hidden_checks_see_is_not_told(tiny_root: Path, tmp_path: Path) -> None:
    (tiny_root / "graders/ch1_tiny/mistakes/double/half.py").write_text(HIDDEN_TRAP)
    released = load_course(make_release(load_course(tiny_root), tmp_path / "out", wheel=False))
    chapter = released.chapters[0]
    head, _ = read_recording(released.graders_folder(chapter) / RECORDING)
    assert [(mistake["exercise"], mistake["id"]) for mistake in head["mistakes"]] == [
        ("double", "in_place"),
        ("double", "squared"),
        ("Scale", "forgotten"),
    ]
    assert b"hidden trap" not in (released.graders_folder(chapter) / RECORDING).read_bytes()


@pytest.mark.parametrize(
    "command", ["grade in --out results", "verify", "stubs", "calibrate", "nbgrader build --out x"]
)
def test_what_needs_the_whole_course_says_so_in_a_release(
    tiny_release: Course,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["dojo", "--course", str(tiny_release.root), *command.split()])
    with pytest.raises(SystemExit) as left:
        run_dojo()
    assert left.value.code == 2
    assert "this is a release, without reference and hidden checks" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("dtype", [torch.int64, torch.uint8, torch.bool])
def test_a_fingerprint_of_whole_numbers_fits_these_alone(dtype: torch.dtype) -> None:
    def reply(*numbers: int) -> Reply:
        return Reply(ReplyStatus.OK, [{"labels": SentTensor(torch.tensor(numbers).to(dtype), "cpu")}])

    known = fingerprint(reply(0, 1, 1))
    assert fits(known, reply(0, 1, 1), Closeness())
    assert not fits(known, reply(0, 1, 0), Closeness())


def test_staff_keys_stay_behind(tiny_release: Course) -> None:
    text = (tiny_release.root / "course.toml").read_text()
    keys = {line.partition("=")[0].strip() for line in text.splitlines() if "=" in line and not line.startswith("#")}
    known = "released title name short check_seconds memory_mb hints builds_on read points hidden_points"
    assert keys == set(known.split())


def named(grader: Grader, source: bytes) -> list[tuple[str, str, str | None]]:
    return verdicts(grader.grade(source))


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("chapter", load_course(PROJECT).chapters, ids=lambda c: c.name)
def test_a_release_says_of_every_answer_what_the_whole_course_says(chapter: Chapter, tmp_path: Path) -> None:
    """The reference, each accepted answer and each mistake: the same statuses, and the same mistakes by name."""
    course = load_course(PROJECT)
    released = load_course(make_release(_one_chapter(course, chapter, tmp_path / "course"), tmp_path / "out"))
    there = released.chapters[0]
    whole = Grader(course, chapter, Settings(NONE, PUBLIC_SECRET, public=True))
    small = Grader(released, there, Settings(NONE, b""))
    overlays = [o for kind in ("accepted", "mistakes") for o in load_overlays(course, chapter, kind)]
    different = []
    for source in (read_source(course.reference_file(chapter)), *(overlay.source for overlay in overlays)):
        ours, theirs = named(whole, source), named(small, source)
        different += [(a, b) for a, b in zip(ours, theirs, strict=True) if a != b]
    assert different == []


def _one_chapter(course: Course, chapter: Chapter, folder: Path) -> Course:
    """A copy of the course with this chapter only."""
    text = (course.root / "course.toml").read_text(encoding="utf-8")
    head, *parts = text.split("[[chapter]]")
    (part,) = [part for part in parts if f'name = "{chapter.name}"' in part]
    for name in (f"reference/{chapter.name}.py", f"exercises/{chapter.name}.py"):
        (folder / name).parent.mkdir(parents=True)
        shutil.copyfile(course.root / name, folder / name)
    shutil.copytree(course.graders_folder(chapter), folder / "graders" / chapter.name)
    (folder / "course.toml").write_text(f"{head}[[chapter]]{part}", encoding="utf-8")
    return load_course(folder)


def test_manifest_lists_every_file(tiny_release: Course) -> None:
    listed = set(json.loads((tiny_release.root / "release.json").read_text())["files"])
    there = {name for name in files_in(tiny_release.root) if "__pycache__" not in name and ".torchdojo" not in name}
    assert listed == there - {"release.json"}


def test_every_exercise_of_the_course_has_a_public_check() -> None:
    course = load_course(PROJECT)
    public = {
        name
        for path in (PROJECT / "graders").glob("ch*/test_*.py")
        if (text := extract_public_checks(path))
        for name in re.findall(r'mark\.exercise\("(\w+)"\)', text)
    }
    assert [e.name for chapter in course.chapters for e in chapter.exercises if e.name not in public] == []


def test_every_fixture_that_a_public_check_asks_for_is_released() -> None:
    known = {"compare", "observe", "rejects", "recompare", "reaches", "probes", "drawn"}
    own = set()
    for path in sorted((PROJECT / "graders").glob("*/test_*.py")):
        functions = [
            node for node in ast.parse(extract_public_checks(path) or "").body if isinstance(node, ast.FunctionDef)
        ]
        released = {node.name for node in functions}
        for check in (node for node in functions if node.name.startswith("test_")):
            asked = {argument.arg for argument in check.args.args} - known
            assert asked <= released, path
            own |= asked
    assert "codes" in own  # there is something to see
