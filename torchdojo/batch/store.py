"""Keep results: results.jsonl grows as they come, grades.csv is written whole."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path
from typing import Any

from torchdojo.course import Course


class OutError(Exception):
    """The output folder cannot be written, in words."""


class Store:
    """The folder OUT. Opening it shows at once whether it can be written."""

    def __init__(self, out: Path, course: Course) -> None:
        self.out = out
        self.course = course
        self.lines: dict[tuple[str, str], dict[str, Any]] = {}
        try:
            out.mkdir(parents=True, exist_ok=True)
            self._results = (out / "results.jsonl.partial").open("w", encoding="utf-8")
        except OSError as error:
            raise OutError(f"{out} cannot be written: {error.strerror}") from None

    def keep(self, line: dict[str, Any]) -> None:
        """Write one result line through to the disk, before anything else happens."""
        self.lines[line["student"], line["chapter"]] = line
        try:
            self._results.write(json.dumps(line, ensure_ascii=False) + "\n")
            self._results.flush()
            os.fsync(self._results.fileno())
        except OSError as error:
            raise OutError(f"{self.out} cannot be written any more: {error.strerror}") from None

    def finish(self, students: list[str]) -> None:
        """Write results.jsonl and grades.csv, each whole or not at all."""
        self._results.close()
        order = {chapter.name: index for index, chapter in enumerate(self.course.chapter)}
        lines = sorted(self.lines.values(), key=lambda line: (line["student"], order[line["chapter"]]))
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        write_whole(self.out / "results.jsonl", text)
        write_whole(self.out / "grades.csv", self._grades(students))
        (self.out / "results.jsonl.partial").unlink(missing_ok=True)

    def _grades(self, students: list[str]) -> str:
        """Return grades.csv: a chapter that a student did not hand in is empty, and counts 0 of its points."""
        graded = {chapter for _, chapter in self.lines}
        table = io.StringIO()
        writer = csv.writer(table, lineterminator="\n")
        names = [chapter.name for chapter in self.course.chapter]
        writer.writerow(["student", *names, "total", "max"])
        for student in sorted(set(students)):
            cells: list[str] = []
            total = most = 0.0
            for chapter in self.course.chapter:
                line = self.lines.get((student, chapter.name))
                score = line["score"] if line else None
                cells.append("" if score is None else f"{score:g}")
                total += score or 0.0
                if chapter.name in graded:
                    most += line["max_score"] if line else chapter.points
            writer.writerow([_safe_cell(student), *cells, f"{total:g}", f"{most:g}"])
        return table.getvalue()


def _safe_cell(text: str) -> str:
    """Keep a spreadsheet from taking a student's name for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def write_whole(path: Path, text: str) -> None:
    """Write a file so that it is there whole or as it was; OutError in words."""
    temporary = path.with_name(f".{path.name}.new")
    try:
        with temporary.open("w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise OutError(f"{path} cannot be written: {error.strerror}") from None
