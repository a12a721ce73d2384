"""Keep grades.csv, and notice what people edit in it by hand: nothing reads that file, so it would count nowhere."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torchdojo.collect.spreadsheet import SpreadsheetError, Table, clean_cell, read_table
from torchdojo.files import write_atomically

FILE = "grades.csv"
EDITED = "grades.edited{}.csv"
STATE = ".grades.json"  # what was written, and the hash of what was there before
LOCK = ".grades.lock"
SAME = 1e-9


@dataclass(frozen=True)
class EditedCell:
    """A cell with another text than was written. column: its title; was, now: texts, "" if empty"""

    student: str
    column: str
    was: str
    now: str


@dataclass(frozen=True)
class Edits:
    """What somebody edited by hand.

    path: of the edited file; cells: that differ; added, removed: students; problem: why it cannot be read, or ""
    """

    path: Path
    cells: list[EditedCell] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    problem: str = ""

    def __bool__(self) -> bool:
        return bool(self.cells or self.added or self.removed or self.problem)


class GradesFile:
    """The file grades.csv in a folder of results."""

    def __init__(self, out: Path) -> None:
        self.path = out / FILE
        self._out = out

    def edits(self) -> Edits | None:
        """Return what somebody edited since it was written, None if nobody did or it is not known."""
        return self._edits_of(self.path, self._state())

    def edits_in(self, path: Path) -> Edits | None:
        """Return what somebody edited in a copy that `write` kept, None if the file is another one."""
        try:
            written = self._state().get("kept", {}).get(_digest(path.read_bytes()))
        except OSError:
            return None
        return None if written is None else find_edits(path, written)

    def write(self, text: str) -> Edits | None:
        """Replace the file atomically; return what somebody had edited in it, in a copy that is kept, or None.

        WriteError if it cannot be written.
        """
        with self._locked():
            state = self._state()
            edits = self._edits_of(self.path, state)
            kept = dict(state.get("kept", {}))
            if edits:
                edited = self.path.read_bytes()
                copy = self._free_name(edited)
                write_atomically(copy, edited)
                kept[_digest(edited)] = state["written"]
                edits = Edits(copy, edits.cells, edits.added, edits.removed, edits.problem)
            # Whatever moment this is interrupted at, the file is what was written, or what was there before.
            before = _digest(self.path.read_bytes()) if self.path.is_file() else ""
            write_atomically(self._out / STATE, json.dumps({"written": text, "before": before, "kept": kept}))
            write_atomically(self.path, text)
        return edits

    def _free_name(self, edited: bytes) -> Path:
        number = 1
        while True:
            path = self._out / EDITED.format("" if number == 1 else f"-{number}")
            if not path.exists() or path.read_bytes() == edited:
                return path
            number += 1

    def _state(self) -> dict[str, Any]:
        """Return what `write` noted, {} if there is nothing that can be read."""
        try:
            state = json.loads((self._out / STATE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        is_valid = isinstance(state, dict) and isinstance(state.get("written"), str)
        return state if is_valid and isinstance(state.get("kept"), dict) else {}

    def _edits_of(self, path: Path, state: dict[str, Any]) -> Edits | None:
        if not state:
            return None
        try:
            data = path.read_bytes()
        except OSError:
            return None
        if data == state["written"].encode() or _digest(data) == state.get("before"):
            return None
        return find_edits(path, state["written"]) or None

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Let nobody else write meanwhile."""
        import fcntl  # Linux only, as grading is

        try:
            file = (self._out / LOCK).open("w")
        except OSError:  # whatever writes the table reports that the folder cannot be written
            yield
            return
        with file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def find_edits(path: Path, written: str) -> Edits:
    """Return in which cells a table differs from the one that was written, however a spreadsheet saved it."""
    lines = enumerate(csv.reader(io.StringIO(written, newline="")), 1)
    before = _by_student(Table([(line, [clean_cell(cell) for cell in row]) for line, row in lines]))
    try:
        now = _by_student(read_table(path))
    except SpreadsheetError as error:
        return Edits(path, problem=str(error))
    renamed = _rename(before, now)
    cells = []
    for student, row in before.items():
        own = now.get(renamed.get(student, student))
        for column, was in row.items() if own is not None else ():
            if column in (own or {}) and not is_same(was, (own or {})[column]):
                cells.append(EditedCell(student, column, was, (own or {})[column]))
    known = {renamed.get(student, student) for student in before}
    return Edits(
        path=path,
        cells=cells,
        added=[student for student in now if student not in known],
        removed=[student for student in before if renamed.get(student, student) not in now],
    )


def _by_student(table: Table) -> dict[str, dict[str, str]]:
    """Return the cells by student and column's title."""
    if not table.rows:
        return {}
    header = table.rows[0][1]
    padded = ((row + [""] * (len(header) - len(row))) for _, row in table.rows[1:])
    return {row[0]: dict(zip(header[1:], row[1:], strict=False)) for row in padded if row}


def _rename(before: dict[str, dict[str, str]], now: dict[str, dict[str, str]]) -> dict[str, str]:
    """Return the ids that a spreadsheet saved as numbers: 0012 as 12."""
    new = {student for student in now if student not in before}
    renamed = {}
    for student in before:
        number = student.lstrip("0")
        if student not in now and number in new and [one.lstrip("0") for one in before].count(number) == 1:
            renamed[student] = number
    return renamed


def is_same(left: str, right: str) -> bool:
    """Whether two cells hold the same text or the same number, with a decimal comma or point."""
    if left == right:
        return True
    try:
        return abs(float(left.replace(",", ".")) - float(right.replace(",", "."))) < SAME
    except ValueError:
        return False


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
