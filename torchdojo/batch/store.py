"""Keep results: in a database the moment they exist, and as results.jsonl and grades.csv when the run ends.

The database is what lets a run that was stopped, in whatever way, go on where it was. It also keeps the run's secret,
so that what is graded later is graded on the same inputs. Beside each result line it keeps what feedback and the report
say more than the line does, and the submission's text.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import sqlite3
import zlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from torchdojo.batch.collect import Submissions
from torchdojo.batch.outcome import Outcome, outcome_of
from torchdojo.batch.policy import Adjustments, adjustment_of
from torchdojo.course import Chapter, Course
from torchdojo.errors import UserError
from torchdojo.files import csv_text, replacing, write_atomically
from torchdojo.grading.status import ResultStatus

DATABASE = "store.sqlite"
LOCK = ".lock"
Place = tuple[str, str]  # student, chapter
SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS results (
    student TEXT NOT NULL, chapter TEXT NOT NULL, key TEXT NOT NULL, line TEXT NOT NULL, PRIMARY KEY (student, chapter)
);
CREATE TABLE IF NOT EXISTS details (
    student TEXT NOT NULL, chapter TEXT NOT NULL, detail TEXT NOT NULL, source BLOB, PRIMARY KEY (student, chapter)
);
"""


class OutError(UserError):
    """The output folder cannot be used, in words."""


@dataclass(frozen=True)
class Kept:
    """One result as it is kept: its line in results.jsonl, and what is known beyond that.

    detail: as grading.Result.detail returns it, or {} where it was not kept
    """

    line: dict[str, Any]
    detail: dict[str, Any]

    @property
    def student(self) -> str:
        """Whose it is."""
        return str(self.line["student"])

    @property
    def chapter(self) -> str:
        """The chapter's name."""
        return str(self.line["chapter"])


class Store:
    """The folder OUT, held by one run at a time. Opening it shows at once whether it can be written.

    force: forget what was graded before, and draw a new secret
    """

    def __init__(self, out: Path, course: Course, *, force: bool = False) -> None:
        self.out = out
        self.course = course
        try:
            out.mkdir(parents=True, exist_ok=True)
            self._lock = _hold(out / LOCK)
        except OSError as error:
            raise OutError(f"{out} cannot be written: {error.strerror}") from None
        try:
            self._database = sqlite3.connect(out / DATABASE, isolation_level=None)
            self._database.executescript(SCHEMA)
            if force:
                self._database.executescript("DELETE FROM results; DELETE FROM details; DELETE FROM meta;")
            self.secret = self._secret()
        except sqlite3.Error as error:
            self._lock.close()
            raise OutError(f"{out / DATABASE} cannot be used: {error}. Delete it, or take another --out.") from None

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()
        self._lock.close()

    def _secret(self) -> bytes:
        row = self._database.execute("SELECT value FROM meta WHERE name = 'secret'").fetchone()
        if row:
            return bytes(row[0])
        secret = secrets.token_bytes(16)
        self._database.execute("INSERT INTO meta VALUES ('secret', ?)", (secret,))
        return secret

    def has(self, student: str, chapter: str, key: str) -> bool:
        """Whether this very submission was graded by these very graders already; an error of ours is tried again."""
        query = "SELECT line FROM results WHERE student = ? AND chapter = ? AND key = ?"
        row = self._database.execute(query, (student, chapter, key)).fetchone()
        return row is not None and json.loads(row[0])["status"] != ResultStatus.GRADER_ERROR

    def keep(
        self, line: dict[str, Any], key: str, detail: dict[str, Any] | None = None, source: bytes | None = None
    ) -> None:
        """Write one result through to the disk, before anything else happens.

        line: its line of results.jsonl; key: what was graded by what; detail: as in Kept; source: the submission's
        text, None where it could not be read
        """
        place = (line["student"], line["chapter"])
        packed = None if source is None else zlib.compress(source)
        try:
            self._database.execute("BEGIN IMMEDIATE")
            self._database.execute("INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?)", (*place, key, _plain(line)))
            values = (*place, _plain(detail or {}), packed)
            self._database.execute("INSERT OR REPLACE INTO details VALUES (?, ?, ?, ?)", values)
            self._database.execute("COMMIT")
        except sqlite3.Error as error:
            with contextlib.suppress(sqlite3.Error):
                self._database.execute("ROLLBACK")
            raise OutError(f"{self.out} cannot be written any more: {error}. What was graded is kept.") from None

    def lines(self, handed: Collection[Place]) -> Iterator[dict[str, Any]]:
        """Yield the result lines of what is handed, by student and in the course's order of chapters."""
        for text in self._texts(handed):
            yield json.loads(text)

    def kept(self) -> Iterator[Kept]:
        """Yield the results of the last run that ended, by student and in the course's order of chapters."""
        query = (
            "SELECT line, detail FROM results LEFT JOIN details USING (student, chapter) "
            "WHERE student = ? AND chapter = ?"
        )
        for place in self._ended():
            line, detail = self._database.execute(query, place).fetchone()
            yield Kept(json.loads(line), json.loads(detail or "{}"))

    def sources(self, chapter: str) -> Iterator[tuple[str, bytes]]:
        """Yield each student of the last run that ended with the text of the chapter, where it could be read."""
        query = "SELECT source FROM details WHERE student = ? AND chapter = ?"
        for place in self._ended():
            row = self._database.execute(query, place).fetchone() if place[1] == chapter else None
            if row and row[0]:
                yield place[0], zlib.decompress(row[0])

    def students(self) -> list[str]:
        """Return the students of the last run that ended, also those who handed in nothing that is graded."""
        return sorted(set(self._roll().get("students", [])) | {student for student, _ in self._ended()})

    def adjustments(self) -> Adjustments | None:
        """Return what a policy or a roster made of the scores of the last run that ended; None without one."""
        told = self._roll().get("adjustments")
        if told is None:
            return None
        found = [adjustment_of(values) for values in told]
        return {(one.student, one.chapter): one for one in found}

    def _roll(self) -> dict[str, Any]:
        """Return who was there when a run last ended: {"students": […], "handed": [[student, chapter], …]}."""
        row = self._database.execute("SELECT value FROM meta WHERE name = 'roll'").fetchone()
        return dict(json.loads(row[0])) if row else {}

    def _ended(self) -> list[Place]:
        """Return what the last run that ended has results of, in order; everything if none ended yet."""
        places = self._places()
        handed = {(student, chapter) for student, chapter in self._roll().get("handed", places)}
        return [place for place in places if place in handed]

    def _places(self) -> list[Place]:
        """Return what there are results of, by student and in the course's order of chapters."""
        order = {chapter.name: index for index, chapter in enumerate(self.course.chapters)}
        rows = self._database.execute("SELECT student, chapter FROM results")
        known = [(student, chapter) for student, chapter in rows if chapter in order]
        return sorted(known, key=lambda place: (place[0], order[place[1]]))

    def _texts(self, handed: Collection[Place]) -> Iterator[str]:
        query = "SELECT line FROM results WHERE student = ? AND chapter = ?"
        for place in self._places():
            if place in handed:
                yield self._database.execute(query, place).fetchone()[0]

    def finish(self, students: list[str], handed: set[Place], adjustments: Adjustments | None = None) -> list[Outcome]:
        """Write results.jsonl and grades.csv, each whole or not at all, and return what came out, in order.

        students: all, also those who handed in nothing that is graded; handed: (student, chapter) of what is there now;
        adjustments: what a policy or a roster makes of the scores, also written to adjustments.csv; None without one
        """
        told = None if adjustments is None else [adjustments[place].plain() for place in sorted(adjustments)]
        roll = {"students": sorted(set(students)), "handed": sorted(handed), "adjustments": told}
        try:
            self._database.execute("INSERT OR REPLACE INTO meta VALUES ('roll', ?)", (_plain(roll),))
        except sqlite3.Error as error:
            raise OutError(f"{self.out} cannot be written any more: {error}. What was graded is kept.") from None
        outcomes = []
        with replacing(self.out / "results.jsonl") as file:
            for text in self._texts(handed):
                file.write(f"{text}\n".encode())
                outcomes.append(outcome_of(json.loads(text)))
        write_atomically(self.out / "grades.csv", grades_table(self.course, students, outcomes, adjustments))
        if adjustments is None:
            (self.out / "adjustments.csv").unlink(missing_ok=True)
        else:
            write_atomically(self.out / "adjustments.csv", adjustments_table(self.course, adjustments))
        return outcomes

    def write_lists(self, found: Submissions) -> None:
        """Write files.csv and, if the submissions name their students, students.csv."""
        write_atomically(self.out / "files.csv", files_table(found))
        if any(person.name for person in found.people.values()):
            write_atomically(self.out / "students.csv", students_table(found))


def _plain(values: dict[str, Any]) -> str:
    """Return values as JSON that can be written anywhere: a submission's words may hold half a surrogate pair."""
    return json.dumps(values, ensure_ascii=False).encode("utf-8", "replace").decode("utf-8")


def _hold(path: Path) -> IO[str]:
    """Take the folder for this process until the file is closed; OutError if another run has it."""
    import fcntl  # Linux only, as grading is

    file = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise OutError(f"another dojo grade is at work in {path.parent}; wait for it, or take another --out") from None
    return file


def grades_table(
    course: Course, students: list[str], outcomes: Iterable[Outcome], adjustments: Adjustments | None = None
) -> str:
    """Return grades.csv: a chapter that a student did not hand in is empty, and counts 0 of its points.

    With adjustments the chapters' columns hold the scores that count, and a column more for each the raw one; a chapter
    that a student is exempt from is empty and leaves the maximum.
    """
    by_place = {(one.student, one.chapter): one for one in outcomes}
    graded = [chapter for chapter in course.chapters if any(place[1] == chapter.name for place in by_place)]
    raw_names = [f"{chapter.name} raw" for chapter in course.chapters] if adjustments is not None else []
    rows: list[list[str | float | None]] = [
        ["student", *(chapter.name for chapter in course.chapters), "total", "max", *raw_names]
    ]
    for student in sorted(set(students)):
        scores: list[float | None] = []
        raws: list[float | None] = []
        most = 0.0
        for chapter in course.chapters:
            outcome = by_place.get((student, chapter.name))
            adjusted = (adjustments or {}).get((student, chapter.name))
            raws.append(outcome.score if outcome else None)
            scores.append(adjusted.score if adjusted else raws[-1])
            if adjusted:
                most += adjusted.max_score
            elif chapter in graded:
                most += outcome.max_score if outcome else required_points(chapter)
        total = sum((score or 0.0 for score in scores), 0.0)
        rows.append([student, *scores, total, most, *(raws if raw_names else [])])
    return csv_text(rows)


def required_points(chapter: Chapter) -> float:
    """Return the points that make a full score: all but those of extra-credit exercises."""
    return sum(exercise.points for exercise in chapter.exercises if not exercise.extra_credit)


ADJUSTMENT_COLUMNS = (
    *("student", "chapter", "raw", "score", "max_score", "submitted", "due", "days_late", "grace_days", "penalty"),
    *("extra", "exempt"),
)


def adjustments_table(course: Course, adjustments: Adjustments) -> str:
    """Return adjustments.csv: a row for each chapter that a student handed in or is exempt from, with the reasons."""
    order = {chapter.name: index for index, chapter in enumerate(course.chapters)}
    rows = [[*ADJUSTMENT_COLUMNS, "reasons"]]
    for one in sorted(adjustments.values(), key=lambda one: (one.student, order[one.chapter])):
        values = {**one.plain(), "exempt": "yes" if one.exempt else "no"}
        rows.append([*(values[name] for name in ADJUSTMENT_COLUMNS), " ".join(one.reasons)])
    return csv_text(rows)


def files_table(found: Submissions) -> str:
    """Return files.csv: every file that was found, whose it is, which chapter it counts for, and why not if none."""
    notes = ([one.location, one.student, one.chapter, one.note] for one in found.file_notes)
    return csv_text([["file", "student", "chapter", "note"], *notes])


def students_table(found: Submissions) -> str:
    """Return students.csv: the names that the platform's download gives for its ids."""
    people = ([student, person.name, person.email] for student, person in sorted(found.people.items()))
    return csv_text([["student", "name", "email"], *people])
