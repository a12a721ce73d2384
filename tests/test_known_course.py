"""A course.toml that was found valid is not validated again, and nobody notices but by the time that it takes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import TESTS
from torchdojo.course import CourseError, load_course
from torchdojo.course.model import Policy
from torchdojo.course.tables import PolicyTable
from torchdojo.course.zone import describe_time

DUE = 'zone = "Europe/Berlin"\n\n[[chapter]]\ndue = 2026-03-01T23:59:00\n'


@pytest.fixture
def root(tiny_root: Path) -> Path:
    """A course whose folder holds a state, with a due date."""
    change(tiny_root, "\n[[chapter]]\n", f"\n{DUE}")
    (tiny_root / ".torchdojo").mkdir()
    return tiny_root


@pytest.fixture
def validated(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Gets an element whenever a course.toml is validated."""
    from torchdojo.course import faults

    seen: list[bool] = []
    find_faults = faults.find_faults
    monkeypatch.setattr(faults, "find_faults", lambda table: seen.append(True) or find_faults(table))
    return seen


def change(root: Path, old: str, new: str) -> None:
    path = root / "course.toml"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_the_second_time_it_is_the_same_course_without_being_validated(root: Path, validated: list[bool]) -> None:
    first, second = load_course(root), load_course(root)
    assert len(validated) == 1
    assert first == second
    dues = [course.chapters[0].due for course in (first, second)]
    assert [describe_time(due) for due in dues if due] == ["Sun 1 March 2026 23:59 CET"] * 2


def test_another_text_counts_at_once(root: Path, validated: list[bool]) -> None:
    load_course(root)
    change(root, DUE, DUE.replace("03-01", "04-01"))
    due = load_course(root).chapters[0].due
    assert due is not None
    assert describe_time(due) == "Wed 1 April 2026 23:59 CEST"
    assert len(validated) == 2
    change(root, 'name = "double"', 'nam = "double"')
    with pytest.raises(CourseError, match="did you mean name"):
        load_course(root)


def remove_the_reference(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "reference/ch1_tiny.py").unlink()


def rename_an_exercise(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = root / "reference/ch1_tiny.py"
    path.write_text(path.read_text(encoding="utf-8").replace("def double", "def triple"), encoding="utf-8")


@pytest.mark.parametrize("break_it", [remove_the_reference, rename_an_exercise])
def test_what_is_wrong_with_the_files_is_still_told(
    break_it: Callable[[Path, pytest.MonkeyPatch], None], root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_course(root)
    break_it(root, monkeypatch)
    with pytest.raises(CourseError) as known:
        load_course(root)
    (root / ".torchdojo/course.valid").unlink()
    with pytest.raises(CourseError) as unknown:
        load_course(root)
    assert str(known.value) == str(unknown.value)
    assert known.value.line is not None


def test_another_python_validates_it_again(root: Path, validated: list[bool], monkeypatch: pytest.MonkeyPatch) -> None:
    load_course(root)
    monkeypatch.setattr(sys, "version", "another one")
    load_course(root)
    assert len(validated) == 2


@settings(max_examples=50, deadline=None)
@given(position=st.integers(0, 10_000), replacement=st.binary(max_size=20))
def test_what_was_damaged_does_not_count(
    position: int, replacement: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    import shutil

    root = tmp_path_factory.mktemp("course") / "tiny"
    shutil.copytree(TESTS / "tiny", root, ignore=shutil.ignore_patterns("__pycache__", ".torchdojo"))
    (root / ".torchdojo").mkdir()
    course = load_course(root)
    path = root / ".torchdojo/course.valid"
    whole = path.read_bytes()
    position %= len(whole)
    path.write_bytes(whole[:position] + replacement + whole[position + 1 :])
    assert load_course(root) == course
    assert path.read_bytes() == whole


def test_a_folder_without_a_state_gets_none(tiny_root: Path, validated: list[bool]) -> None:
    load_course(tiny_root)
    load_course(tiny_root)
    assert len(validated) == 2
    assert not (tiny_root / ".torchdojo").exists()


def test_a_state_that_cannot_be_written_is_no_error(root: Path) -> None:
    (root / ".torchdojo/course.valid").mkdir()
    assert load_course(root).title


def test_a_policy_is_by_default_what_it_is_in_the_file() -> None:
    assert asdict(Policy()) == PolicyTable().model_dump()
