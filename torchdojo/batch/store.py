"""Keep results: in a database as soon as they exist, and as results.jsonl once the run is complete.

The database lets an interrupted run resume. It also keeps the run's secret, so that what is graded later is graded on
the same inputs, and each submission's text, the earlier ones of a student's chapter included.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
import time
import zlib
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from torchdojo.batch.policy import Adjustment, Adjustments
from torchdojo.batch.results import ResultKey, ResultSummary, StoredResult
from torchdojo.batch.tables import files_table, students_table
from torchdojo.collect.platforms import Student
from torchdojo.collect.submissions import FileNote, Submissions
from torchdojo.course import Course
from torchdojo.course.model import Policy
from torchdojo.errors import UserError
from torchdojo.files import replacing, write_atomically
from torchdojo.grading.result import Result
from torchdojo.grading.status import ResultStatus

DATABASE = "store.sqlite"
LOCK = ".lock"
FORMAT = 9  # of the tables and of the results in them; raise it when either changes
SCHEMA = f"""
PRAGMA user_version = {FORMAT};
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS graded (
    student TEXT NOT NULL, chapter TEXT NOT NULL, version TEXT NOT NULL, result TEXT NOT NULL, source BLOB,
    PRIMARY KEY (student, chapter)
);
CREATE TABLE IF NOT EXISTS earlier (
    student TEXT NOT NULL, chapter TEXT NOT NULL, version TEXT NOT NULL, result TEXT NOT NULL, source BLOB,
    replaced TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS earlier_of ON earlier (student, chapter);
"""
BUSY_SECONDS = 30  # that a reader waits for a run to write a result
LOCK_TRIES = 3
OF_KEY = "WHERE student = ? AND chapter = ?"


@dataclass(frozen=True, slots=True)
class EarlierHandIn:
    """What a student handed in before: its result, its text (None: it could not be read), when another replaced it."""

    result: Result
    source: bytes | None
    replaced: str


class OutError(UserError):
    """The output folder cannot be used."""


class StoredRun:
    """What a run stored in the folder OUT, to read, also while another run writes there.

    OutError if there is nothing, or if another version of torchdojo stored its results in another format.
    """

    def __init__(self, out: Path, course: Course) -> None:
        self.out = out
        self.course = course
        if not (out / DATABASE).is_file():
            raise OutError(f"{out} holds no results; run `dojo grade SUBMISSIONS --out {out}` first")
        address = f"{(out / DATABASE).resolve().as_uri()}?mode=ro"
        try:
            self._database = self._connect(address, uri=True)
            self._require_format()
        except sqlite3.Error as error:
            raise OutError(f"{out / DATABASE} cannot be read: {error}") from None

    @staticmethod
    def _connect(database: str | Path, *, uri: bool = False) -> sqlite3.Connection:
        return sqlite3.connect(database, BUSY_SECONDS, isolation_level=None, uri=uri, check_same_thread=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def _require_format(self) -> None:
        (stored,) = self._database.execute("PRAGMA user_version").fetchone()
        if stored != FORMAT and self._database.execute("SELECT name FROM sqlite_master").fetchone():
            self.close()
            again = "Grade again with `dojo grade … --force`, or choose a different --out."
            raise OutError(f"another version of torchdojo stored the results in {self.out}. {again}")

    def results(self, keys: Collection[ResultKey] | None = None) -> Iterator[StoredResult]:
        """Yield results by student and chapter, by default those of the last completed run."""
        query = "SELECT result FROM graded WHERE student = ? AND chapter = ?"
        for key in self._stored(keys):
            (text,) = self._database.execute(query, key).fetchone()
            yield StoredResult(key[0], Result.from_dict(json.loads(text)))

    def sources(self, chapter: str) -> Iterator[tuple[str, bytes]]:
        """Yield the students of the last completed run with their text of the chapter, where it could be read."""
        query = "SELECT source FROM graded WHERE student = ? AND chapter = ?"
        for key in self._stored():
            row = self._database.execute(query, key).fetchone() if key[1] == chapter else None
            if row and row[0]:
                yield key[0], zlib.decompress(row[0])

    def result(self, student: str, chapter: str) -> Result | None:
        """Return one result, None if there is none."""
        row = self._database.execute(f"SELECT result FROM graded {OF_KEY}", (student, chapter)).fetchone()
        return Result.from_dict(json.loads(row[0])) if row else None

    def source(self, student: str, chapter: str) -> bytes | None:
        """Return the text that was graded, None if none was or it could not be read."""
        row = self._database.execute(f"SELECT source FROM graded {OF_KEY}", (student, chapter)).fetchone()
        return zlib.decompress(row[0]) if row and row[0] else None

    def version(self, student: str, chapter: str) -> str:
        """Return what a result depends on, as it was saved; "" if there is no result."""
        row = self._database.execute(f"SELECT version FROM graded {OF_KEY}", (student, chapter)).fetchone()
        return str(row[0]) if row else ""

    def inputs_hash(self) -> str:
        """Return a hash of the secret that the run's inputs are drawn from; "" if there is none."""
        row = self._database.execute("SELECT value FROM meta WHERE name = 'secret'").fetchone()
        return hashlib.sha256(bytes(row[0])).hexdigest()[:16] if row else ""

    def copy_to(self, folder: Path) -> None:
        """Copy the database to a folder as it is at one moment, also while a run writes. OutError if that fails."""
        try:
            copy = self._connect(folder / DATABASE)
            try:
                self._database.backup(copy)
            finally:
                copy.close()
        except sqlite3.Error as error:
            raise OutError(f"the results in {self.out} cannot be copied to {folder}: {error}") from None

    def earlier(self, student: str, chapter: str) -> list[EarlierHandIn]:
        """Return what a student handed in before, the latest first."""
        query = f"SELECT result, source, replaced FROM earlier {OF_KEY} ORDER BY rowid DESC"
        return [
            EarlierHandIn(Result.from_dict(json.loads(result)), zlib.decompress(source) if source else None, replaced)
            for result, source, replaced in self._database.execute(query, (student, chapter))
        ]

    def saved_since(self, mark: int) -> tuple[int, list[ResultKey]]:
        """Return a mark for the next call, and which results were saved since this one. mark: 0 for all"""
        rows = self._database.execute("SELECT rowid, student, chapter FROM graded WHERE rowid > ?", (mark,)).fetchall()
        return max((row[0] for row in rows), default=mark), [(student, chapter) for _, student, chapter in rows]

    def change_count(self) -> int:
        """Return a number that is another one as soon as somebody else has written to the database."""
        (count,) = self._database.execute("PRAGMA data_version").fetchone()
        return int(count)

    def keys(self) -> list[ResultKey]:
        """Return which results the last completed run has, by student and in the course's order of chapters."""
        return self._stored()

    def has_completed(self) -> bool:
        """Whether any run was completed."""
        return bool(self._last_run())

    def policy(self) -> Policy:
        """Return the policy of the last completed run."""
        values = self._last_run().get("policy")
        return self.course.policy if values is None else Policy(**values)

    def is_running(self) -> bool:
        """Whether a run is writing to the folder."""
        import fcntl

        try:
            with (self.out / LOCK).open() as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return False

    def students(self) -> list[str]:
        """Return the students of the last completed run, including those without a graded file."""
        return sorted({*self._last_run().get("students", []), *(student for student, _ in self._stored())})

    def adjustments(self) -> Adjustments | None:
        """Return the adjustments of the last completed run; None if it had neither a policy nor a roster."""
        values = self._last_run().get("adjustments")
        if values is None:
            return None
        adjustments = map(Adjustment.from_dict, values)
        return {(adjustment.student, adjustment.chapter): adjustment for adjustment in adjustments}

    def _last_run(self) -> dict[str, Any]:
        """Return what the last completed run was about: {"students": […], "keys": [[student, chapter], …], …}."""
        return self._meta("last_run")

    def collected(self) -> Submissions:
        """Return what was written by `write_lists`: the people, the notes on files, the notes and the alarms."""
        values = self._meta("collected")
        people = [Student(*person) for person in values.get("people", [])]
        return Submissions(
            students=values.get("students", []),
            file_notes=[FileNote(**note) for note in values.get("file_notes", [])],
            people={person.id: person for person in people},
            notes=values.get("notes", []),
            alarms=values.get("alarms", []),
        )

    def _meta(self, name: str) -> dict[str, Any]:
        row = self._database.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return dict(json.loads(row[0])) if row else {}

    def _stored(self, keys: Collection[ResultKey] | None = None) -> list[ResultKey]:
        """Return which of the keys have results, by student and in the course's order of chapters.

        By default those of the last completed run, or all if none was completed.
        """
        order = {chapter.name: index for index, chapter in enumerate(self.course.chapters)}
        rows = self._database.execute("SELECT student, chapter FROM graded")
        stored = [(student, chapter) for student, chapter in rows if chapter in order]
        if keys is None:
            keys = {(student, chapter) for student, chapter in self._last_run().get("keys", stored)}
        return sorted((key for key in stored if key in keys), key=lambda key: (key[0], order[key[1]]))


class Store(StoredRun):
    """The folder OUT, locked for one run at a time, to write.

    OutError if it cannot be written, or if another version of torchdojo stored its results in another format.

    force: grade everything again, with a new secret; what was graded before counts until it is replaced
    """

    def __init__(self, out: Path, course: Course, *, force: bool = False) -> None:
        self.out = out
        self.course = course
        try:
            out.mkdir(parents=True, exist_ok=True)
            self._lock = _lock(out / LOCK)
        except OSError as error:
            raise OutError(f"{out} cannot be written: {error.strerror}") from None
        try:
            self._database = self._connect(out / DATABASE)
            if force:
                self._forget()
            self._require_format()
            self._database.executescript(SCHEMA)
            self.secret = self._secret()
        except sqlite3.Error as error:
            self._lock.close()
            raise OutError(
                f"{out / DATABASE} cannot be used: {error}. Delete it, or choose a different --out."
            ) from None

    def close(self) -> None:
        """Close the database, and let others run here."""
        super().close()
        self._lock.close()

    def _forget(self) -> None:
        """Let nothing count as graded; delete a database that this version cannot read."""
        try:
            (stored,) = self._database.execute("PRAGMA user_version").fetchone()
            if stored == FORMAT:
                self._database.executescript("UPDATE graded SET version = ''; DELETE FROM meta WHERE name = 'secret';")
                return
        except sqlite3.DatabaseError:
            pass
        self._database.close()
        (self.out / DATABASE).unlink(missing_ok=True)
        self._database = self._connect(self.out / DATABASE)

    def _secret(self) -> bytes:
        row = self._database.execute("SELECT value FROM meta WHERE name = 'secret'").fetchone()
        if row:
            return bytes(row[0])
        secret = secrets.token_bytes(16)
        self._database.execute("INSERT INTO meta VALUES ('secret', ?)", (secret,))
        return secret

    def has(self, student: str, chapter: str, version: str) -> bool:
        """Whether this version is graded. A grader error does not count: it is tried again."""
        query = "SELECT result FROM graded WHERE student = ? AND chapter = ? AND version = ?"
        row = self._database.execute(query, (student, chapter, version)).fetchone()
        return row is not None and json.loads(row[0])["status"] != ResultStatus.GRADER_ERROR

    def save(self, student: str, result: Result, version: str, source: bytes | None = None) -> None:
        """Write a student's result to the disk; OutError if that fails.

        version: of all that it depends on; source: the submission's text, or None if it could not be read
        """
        packed = None if source is None else zlib.compress(source)
        old = self._database.execute(f"SELECT result FROM graded {OF_KEY}", (student, result.chapter)).fetchone()
        values = (student, result.chapter, version, _json(result.to_dict()), packed)
        save = "INSERT OR REPLACE INTO graded VALUES (?, ?, ?, ?, ?)"
        statements: list[tuple[str, tuple[Any, ...]]] = [(save, values)]
        if old and json.loads(old[0])["submission"] != result.submission:
            now = datetime.now(UTC).isoformat(timespec="seconds")
            keep = f"INSERT INTO earlier SELECT student, chapter, version, result, source, ? FROM graded {OF_KEY}"
            statements.insert(0, (keep, (now, student, result.chapter)))
        self._write(*statements)

    def _write(self, *statements: tuple[str, tuple[Any, ...]]) -> None:
        """Execute statements with their values, all or none."""
        try:
            with self._database:
                self._database.execute("BEGIN IMMEDIATE")
                for statement in statements:
                    self._database.execute(*statement)
        except sqlite3.Error as error:
            raise OutError(f"{self.out} cannot be written any more: {error}. Earlier results are saved.") from None

    def finish(
        self, students: list[str], keys: set[ResultKey], adjustments: Adjustments | None = None
    ) -> list[ResultSummary]:
        """Complete a run: note what it was about, write results.jsonl atomically, and return the summaries.

        students: all, including those without a graded file; keys: of the current submissions
        """
        values = None if adjustments is None else [adjustments[key].to_dict() for key in sorted(adjustments)]
        last_run = {"students": sorted(set(students)), "keys": sorted(keys), "adjustments": values}
        last_run["policy"] = asdict(self.course.policy)
        self._write(("INSERT OR REPLACE INTO meta VALUES ('last_run', ?)", (_json(last_run),)))
        summaries = []
        with replacing(self.out / "results.jsonl") as file:
            for stored in self.results(keys):
                file.write(f"{_json(stored.result.to_line(stored.student))}\n".encode())
                summaries.append(ResultSummary.from_stored(stored))
        return summaries

    def write_lists(self, submissions: Submissions) -> None:
        """Write files.csv and, if more than ids is known of the students, students.csv; keep it all for `collected`."""
        values = {
            "students": submissions.students,
            "people": [(person.id, person.name, person.email) for person in submissions.people.values()],
            "file_notes": [asdict(note) for note in submissions.file_notes],
            "notes": submissions.notes,
            "alarms": submissions.alarms,
        }
        self._write(("INSERT OR REPLACE INTO meta VALUES ('collected', ?)", (_json(values),)))
        write_atomically(self.out / "files.csv", files_table(submissions))
        if any(person.name or person.email or person.roster_ids for person in submissions.people.values()):
            write_atomically(self.out / "students.csv", students_table(submissions))
        else:
            (self.out / "students.csv").unlink(missing_ok=True)


def _json(values: dict[str, Any]) -> str:
    """Return values as JSON that can be encoded: a submission's messages may hold half of a surrogate pair."""
    return json.dumps(values, ensure_ascii=False).encode("utf-8", "replace").decode("utf-8")


def _lock(path: Path) -> IO[str]:
    """Lock the folder for this process until the file is closed; OutError if another run has it."""
    import fcntl  # Linux only, as grading is

    file = path.open("w")
    for _ in range(LOCK_TRIES):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.05)  # `is_running` has it for a moment
        else:
            break
    else:
        file.close()
        raise OutError(f"another `dojo grade` is running in {path.parent}; wait, or choose a different --out") from None
    return file
