"""What verifying found: one outcome for each run, kept on the disk so that a stopped verification goes on."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from dataclasses import asdict, dataclass
from pathlib import Path

from torchdojo.course import Chapter, Course
from torchdojo.grading.grader import available_accelerators
from torchdojo.grading.result import Result
from torchdojo.grading.version import engine_hash, graders_hash
from torchdojo.verify.judge import fails, is_named, problems_of
from torchdojo.verify.subjects import Subject

ROOMS = ("authoring", "batch", "verify")  # what an outcome passes through above grading


@dataclass(frozen=True)
class Outcome:
    """What one run of one subject gave.

    problems: what is wrong with its verdict, in words; failed: checks of its own exercise that did not pass
    named: whether a mistake was told by its name; seconds: wall time of the run
    """

    problems: list[str]
    failed: list[str]
    named: bool
    seconds: float


def outcome_of(chapter: Chapter, subject: Subject, result: Result) -> Outcome:
    """Hold a result against what its subject must get."""
    wanted = subject.expectation
    problems = problems_of(chapter, result, wanted)
    return Outcome(problems, fails(result, wanted), is_named(result, wanted), round(result.seconds, 3))


class Memory:
    """Outcomes by what they depend on: engine, graders, subject, the seed's number, and where it ran."""

    def __init__(self, path: Path, course: Course, backend: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._engine = engine_hash(*ROOMS)
        self._graders = {chapter.name: graders_hash(course, chapter) for chapter in course.chapters}
        self._place = f"{backend}:{'+'.join(available_accelerators(course))}"
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("CREATE TABLE IF NOT EXISTS outcomes (key TEXT PRIMARY KEY, outcome TEXT NOT NULL)")

    def key(self, chapter: str, subject: Subject, seed: int) -> str:
        """Return the key of a run."""
        parts = (self._engine, self._graders[chapter], self._place, chapter, subject.name, subject.only, seed)
        return hashlib.sha256(repr(parts).encode() + subject.source).hexdigest()

    def find(self, key: str) -> Outcome | None:
        """Return the outcome of a run that was made before and had no problems."""
        row = self._database.execute("SELECT outcome FROM outcomes WHERE key = ?", (key,)).fetchone()
        if row is None:
            return None
        return Outcome(**json.loads(row[0]))

    def keep(self, key: str, outcome: Outcome) -> None:
        """Remember an outcome; one with problems is run again the next time."""
        if not outcome.problems:
            self._database.execute("INSERT OR REPLACE INTO outcomes VALUES (?, ?)", (key, json.dumps(asdict(outcome))))

    def close(self) -> None:
        """Close the file."""
        self._database.close()
