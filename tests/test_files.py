"""Files are written whole or not at all, and a spreadsheet computes nothing of a table."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torchdojo.files import WriteError, csv_text, replacing, write_atomically


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_a_file_is_written_whole(tmp_path_factory: pytest.TempPathFactory, old: bytes, new: bytes) -> None:
    path = tmp_path_factory.mktemp("whole") / "x"
    path.write_bytes(old)
    path.chmod(0o640)
    write_atomically(path, new)
    assert path.read_bytes() == new
    assert path.stat().st_mode & 0o777 == 0o640
    assert os.listdir(path.parent) == ["x"]


def test_a_file_that_cannot_be_replaced_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x"
    path.write_text("old")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "in use")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(WriteError, match="x cannot be written: in use"):
        write_atomically(path, b"new")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["x"]


@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_a_new_file_has_the_permissions_of_any_new_file(mask: int, tmp_path: Path) -> None:
    before = os.umask(mask)
    try:
        write_atomically(tmp_path / "below/x", "text", create_folder=True)
    finally:
        os.umask(before)
    assert (tmp_path / "below/x").stat().st_mode & 0o777 == 0o666 & ~mask


def test_an_error_while_writing_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("old")
    with pytest.raises(TypeError), replacing(path) as file:
        print("half", file=file)  # type: ignore[call-overload]
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["x"]


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match=r"below/x cannot be written: No such file"):
        write_atomically(tmp_path / "below/x", "text")


def test_half_of_a_surrogate_pair_can_be_written(tmp_path: Path) -> None:
    write_atomically(tmp_path / "x", "a\ud800\r\nb")
    assert (tmp_path / "x").read_bytes() == b"a?\r\nb"


def test_no_text_in_a_table_is_a_formula() -> None:
    rows: list[list[str | float | None]] = [["=1+1", "+49", "-x", "@me", "-"], [1.5, -2, 0.0, None, "a,b"]]
    assert csv_text(rows) == "'=1+1,'+49,'-x,'@me,-\n1.5,-2,0,,\"a,b\"\n"
