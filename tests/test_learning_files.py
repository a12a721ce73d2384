"""What a learner's own files go through: what a change can touch, progress, hints, reset. Nothing here runs their code."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import PROJECT, TESTS
from torchdojo.authoring.reset import restore_stub
from torchdojo.cli.main import cli
from torchdojo.cli.plain import STAND_INS, use_stand_ins
from torchdojo.course import Course, ExerciseId, load_course
from torchdojo.course.stub import load_stub
from torchdojo.grading.result import CheckResult
from torchdojo.grading.status import CheckStatus
from torchdojo.learner.progress import Progress
from torchdojo.learner.session import CheckExercises, Session
from torchdojo.learner.state_files import read_state, write_state
from torchdojo.source.files import ParsedSource
from torchdojo.source.keys import code_keys, definition_keys


def own_key(text: str, name: str) -> str:
    return definition_keys(ParsedSource(text.encode()), [name])[name]


REFERENCE = (TESTS / "tiny/reference/ch1_tiny.py").read_text(encoding="utf-8")


def dojo(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--course", str(root), *arguments])


def touched(before: str, after: str) -> set[str]:
    chapter = load_course(TESTS / "tiny").chapters[0]
    old, new = (
        code_keys(ParsedSource(before.encode()), chapter.builds_on),
        code_keys(ParsedSource(after.encode()), chapter.builds_on),
    )
    return {name for name in old if old[name] != new[name]}


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        ("# Two exercises", "# 2 exercises", set()),
        ("        return result", "        # layout\n\n        return result", set()),
        ("self.weight * double(x)", "double(x) * self.weight", {"Scale"}),
        ("    return 2 * x", "    return x + x", {"double", "Scale"}),  # Scale builds on double
        ("import Tensor, nn", "import nn, Tensor", {"double", "Scale"}),
        ("# %%\nclass", "torch_seed = print(1)\n\n\nclass", {"double", "Scale"}),  # a call may do anything
        ("# %%\nclass", "UNUSED = 3\n\n\nclass", set()),
    ],
)
def test_what_a_change_can_touch(old: str, new: str, names: set[str]) -> None:
    assert old in REFERENCE
    assert touched(REFERENCE, REFERENCE.replace(old, new, 1)) == names


def test_a_helper_counts_where_it_is_used() -> None:
    helper = "\n\ndef helper(x):\n    return x\n"
    before = REFERENCE.replace("double(x) / 2", "helper(double(x) / 2)") + helper
    assert touched(before, before.replace("    return x\n", "    return +x\n")) == {"Scale"}


def test_own_code_is_the_definition_alone() -> None:
    chapter = load_course(TESTS / "tiny").chapters[0]
    old, new = (
        definition_keys(ParsedSource(REFERENCE.encode()), chapter.builds_on),
        definition_keys(ParsedSource(REFERENCE.replace("2 * x", "x + x").encode()), chapter.builds_on),
    )
    assert {name for name in old if old[name] != new[name]} == {"double"}


def passed(course: Course, exercise: str, points: float) -> CheckResult:
    return CheckResult(
        ExerciseId(course.chapters[0].name, exercise), "values", "It is right", points, CheckStatus.PASSED, points
    )


def with_progress(root: Path) -> Path:
    """Fill the course in and remember that double is right; return the progress file."""
    (root / "exercises/ch1_tiny.py").write_text(REFERENCE, encoding="utf-8")
    course = load_course(root)
    progress = Progress(course, root / "exercises")
    progress.record(course.chapters[0], [passed(course, "double", 2)])
    assert progress.save()
    return root / ".torchdojo/progress.json"


def states(root: Path) -> dict[str, str]:
    return {s.exercise.name: s.status for s in Progress(load_course(root), root / "exercises")}


def test_progress_is_believed_while_the_code_is_the_same(tiny_root: Path) -> None:
    assert states(tiny_root) == {"double": "todo", "Scale": "todo"}
    with_progress(tiny_root)
    assert states(tiny_root) == {"double": "passed", "Scale": "unknown"}
    path = tiny_root / "exercises/ch1_tiny.py"
    path.write_text(REFERENCE.replace("# Two", "# 2"), encoding="utf-8")
    assert states(tiny_root)["double"] == "passed"
    path.write_text(REFERENCE.replace("2 * x", "x * x"), encoding="utf-8")
    assert states(tiny_root)["double"] == "unknown"


def test_progress_is_not_believed_when_the_checks_change(tiny_root: Path) -> None:
    with_progress(tiny_root)
    path = tiny_root / "graders/ch1_tiny/test_double.py"
    path.write_text(path.read_text() + "\n# stricter\n")
    assert states(tiny_root)["double"] == "unknown"


def test_progress_from_an_earlier_engine_is_checked_again_and_nobody_is_sent_back(tiny_root: Path) -> None:
    """What was right is checked last: the current exercise stays the same."""
    path = with_progress(tiny_root)
    exercises = tiny_root / "exercises/ch1_tiny.py"
    table = json.loads(path.read_text())
    entry = table["exercises"]["ch1_tiny/double"]
    entry["key"] = entry["key"].partition("-")[0] + "-0123456789abcdef"  # as an engine of before wrote it
    path.write_text(json.dumps(table))
    assert states(tiny_root) == {"double": "unknown", "Scale": "unknown"}
    assert "Scale · hint 1 of 3" in dojo(tiny_root, "hint").output
    text = exercises.read_text(encoding="utf-8")
    course = load_course(tiny_root)
    session = Session(Progress(course, tiny_root / "exercises"))
    checks = [job for job in session.start({"ch1_tiny": text.encode()}) if isinstance(job, CheckExercises)]
    assert [(job.exercises[0].name, job.foreground) for job in checks] == [("Scale", True), ("double", False)]
    entry["state"] = "failed"
    path.write_text(json.dumps(table))
    assert "double · hint 1 of 3" in dojo(tiny_root, "hint").output
    done = dojo(tiny_root, "list", "--sandbox", "none")
    assert re.search(r"● double +2 of 2 +right", done.output)
    assert states(tiny_root) == {"double": "passed", "Scale": "passed"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"exercises": 3}',
        '{"exercises": {"ch1_tiny/double": 7}}',
        '{"exercises": {"ch1_tiny/double": {"key": "x", "state": "passed", "earned": "all", "most": 2}}}',
        '{"exercises": {"ch1_tiny/double": {"key": "x", "state": "great", "earned": 2, "most": 2}}}',
        "\x00\xff",
    ],
)
def test_damaged_progress_is_no_progress(tiny_root: Path, text: str) -> None:
    with_progress(tiny_root).write_text(text, encoding="latin-1")
    assert states(tiny_root)["double"] == "unknown"


def test_truncated_progress_is_no_progress(tiny_root: Path) -> None:
    path = with_progress(tiny_root)
    is_whole = path.read_bytes()
    for length in range(0, len(is_whole), 7):
        path.write_bytes(is_whole[:length])
        assert states(tiny_root)["double"] == "unknown"


def test_a_folder_in_the_place_of_progress_stops_nothing(tiny_root: Path) -> None:
    path = with_progress(tiny_root)
    path.unlink()
    path.mkdir()
    assert states(tiny_root)["double"] == "unknown"
    assert not Progress(load_course(tiny_root), tiny_root / "exercises").save()
    assert {entry.name for entry in path.parent.iterdir()} == {path.name, "course.valid"}


def test_what_cannot_be_written_is_no_reason_to_fail(tiny_root: Path) -> None:
    (tiny_root / ".torchdojo").write_text("a file, not a folder")
    assert not write_state(tiny_root / ".torchdojo/progress.json", {})
    first, second = (dojo(tiny_root, "hint", "double") for _ in range(2))
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "hint 1 of 3" in second.output


def test_a_list_after_progress_was_lost_checks_again(tiny_root: Path) -> None:
    path = with_progress(tiny_root)
    path.write_text("{ damaged")
    done = dojo(tiny_root, "list", "--sandbox", "none")
    assert done.exit_code == 0
    assert re.search(r"● double +2 of 2 +right", done.output)
    assert re.search(r"● Scale +1.5 of 1.5 +right", done.output)
    assert set(json.loads(path.read_text())["exercises"]) == {"ch1_tiny/double", "ch1_tiny/Scale"}


def test_a_list_needs_no_torch_while_nothing_is_unknown(tiny_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torchdojo.learner.checker.require_torch", lambda: pytest.fail("torch was asked for"))
    done = dojo(tiny_root, "list")
    assert done.exit_code == 0
    assert "← next" in done.output


def test_hints_without_a_name_are_for_what_is_next(tiny_root: Path) -> None:
    assert "double · hint 1 of 3" in dojo(tiny_root, "hint").output
    with_progress(tiny_root)
    assert "Scale · hint 1 of 3" in dojo(tiny_root, "hint").output


def test_hints_survive_nonsense(tiny_root: Path) -> None:
    (tiny_root / ".torchdojo").mkdir()
    path = tiny_root / ".torchdojo/hints.json"
    for nonsense in ("{", '{"ch1_tiny/double": "deep"}', '{"ch1_tiny/double": 99}', '{"ch1_tiny/double": true}'):
        path.write_text(nonsense)
        assert "hint 1 of 3" in dojo(tiny_root, "hint", "double").output
        assert read_state(path)["ch1_tiny/double"] == 1


def test_reset_changes_one_exercise_and_keeps_the_old_file(tiny_root: Path) -> None:
    path = tiny_root / "exercises/ch1_tiny.py"
    stub = path.read_text(encoding="utf-8")
    mine = REFERENCE.replace("# Two", "# My two")
    path.write_bytes(mine.replace("\n", "\r\n").encode())
    done = dojo(tiny_root, "reset", "double")
    assert done.exit_code == 0
    (kept,) = (tiny_root / ".torchdojo/backups").iterdir()
    assert kept.name in done.output
    assert re.fullmatch(r"ch1_tiny-\d{8}-\d{6}-before-reset-of-double\.py", kept.name)
    assert kept.read_bytes() == mine.replace("\n", "\r\n").encode()
    now = path.read_bytes()
    assert now.count(b"\r\n") == now.count(b"\n")
    text = now.decode().replace("\r\n", "\n")
    assert "self.weight * double(x)" in text
    assert "My two" in text
    assert states(tiny_root)["double"] == "todo"
    own = stub.partition("def double")[2].partition("# %%")[0]
    assert text.partition("def double")[2].partition("# %%")[0] == own


def test_reset_of_what_is_untouched_changes_nothing(tiny_root: Path) -> None:
    path = tiny_root / "exercises/ch1_tiny.py"
    before = path.read_bytes()
    done = dojo(tiny_root, "reset", "double")
    assert done.exit_code == 0
    assert "double is already in its original state" in done.output
    assert path.read_bytes() == before
    assert not (tiny_root / ".torchdojo").exists()


def test_reset_without_a_place_for_the_old_file_changes_nothing(tiny_root: Path) -> None:
    path = tiny_root / "exercises/ch1_tiny.py"
    path.write_text(REFERENCE)
    (tiny_root / ".torchdojo").write_text("a file, not a folder")
    done = dojo(tiny_root, "reset", "double")
    assert done.exit_code == 1
    assert "nothing was changed" in done.output
    assert path.read_text() == REFERENCE


def test_two_resets_in_one_second_keep_both_files(tiny_root: Path) -> None:
    path = tiny_root / "exercises/ch1_tiny.py"
    for _ in range(2):
        path.write_text(REFERENCE)
        assert dojo(tiny_root, "reset", "double").exit_code == 0
    assert len(list((tiny_root / ".torchdojo/backups").iterdir())) == 2


def test_a_chapter_that_is_gone_comes_back_whole(tiny_root: Path) -> None:
    path = tiny_root / "exercises/ch1_tiny.py"
    course = load_course(tiny_root)
    stub = load_stub(course, course.chapters[0])
    path.unlink()
    assert dojo(tiny_root, "reset", "double").exit_code == 0
    assert path.read_text(encoding="utf-8") == stub


def test_a_release_resets_from_its_own_stub(tiny_root: Path) -> None:
    path = tiny_root / "exercises/ch1_tiny.py"
    stub = path.read_text(encoding="utf-8")
    course = load_course(tiny_root)
    course.stub_file(course.chapters[0]).write_text(stub, encoding="utf-8")
    for reference in (tiny_root / "reference").iterdir():
        reference.unlink()
    assert load_stub(course, course.chapters[0]) == stub


CH1 = load_course(PROJECT).chapters[0]
STUB = load_stub(load_course(PROJECT), CH1)
WHOLE = (PROJECT / "reference/ch1_fundamentals.py").read_text(encoding="utf-8")


@given(
    st.sampled_from([e.name for e in CH1.exercises]), st.sampled_from(["", "def", "class", "cut", "paren", "margin"])
)
def test_reset_works_on_text_that_does_not_parse(name: str, damage: str) -> None:
    """Whatever is broken inside the exercise, its stub comes back and every other line stays."""
    lines = WHOLE.splitlines()
    start = next(i for i, line in enumerate(lines) if re.match(rf"def {name}\b", line))
    end = next(i for i in range(start + 1, len(lines)) if lines[i].startswith("# %%"))
    body = next(i for i in range(start, end) if lines[i].endswith(":")) + 1
    unreadable = {
        "": [],
        "def": ["    def"],
        "class": ["    class :"],
        "cut": ['    x = "never closed'],
        "paren": ["    x = ((1,"],
        "margin": ["    if True:", "    return"],
    }[damage]
    text = "\n".join([*lines[:body], *unreadable, *lines[body:]]) + "\n"
    text = restore_stub(text, STUB, name)
    assert own_key(text, name) == own_key(STUB, name)
    others = [line for i, line in enumerate(lines) if not start <= i < end]
    kept = iter(text.splitlines())
    assert all(line in kept for line in others)


@pytest.mark.parametrize("name", [e.name for e in CH1.exercises])
def test_an_exercise_that_was_deleted_comes_back_in_its_place(name: str) -> None:
    tree = ParsedSource(STUB.encode()).tree
    (node,) = (n for n in tree.body if getattr(n, "name", "") == name)
    lines = STUB.splitlines()
    gone = "\n".join(lines[: node.lineno - 1] + lines[node.end_lineno :]) + "\n"
    names = [n.name for n in ParsedSource(restore_stub(gone, STUB, name).encode()).tree.body if hasattr(n, "name")]
    assert names == [n.name for n in tree.body if hasattr(n, "name")]


@pytest.mark.parametrize("encoding", ["cp437", "cp1252", "cp850", "ascii", "latin-1"])
def test_older_consoles_get_stand_ins(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "console"
    everything = "".join(map(chr, STAND_INS)) + "Ж😀"
    with path.open("w", encoding=encoding, newline="") as stream:
        use_stand_ins(stream)
        stream.write(f"x {everything}\n")
    shown = path.read_bytes().decode(encoding)
    assert shown.startswith("x ")
    assert shown.endswith("??\n")
    assert "?" not in shown[:-3].replace("?", "", 1)  # one stand-in is a question mark itself
