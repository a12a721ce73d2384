"""The outcome of each run of a verification, kept on the disk so that an interrupted one resumes."""

from __future__ import annotations

import difflib
import hashlib
import json
import sqlite3
import textwrap
from dataclasses import asdict, dataclass, field
from pathlib import Path

from torchdojo.course import Course
from torchdojo.grading.accelerators import available_accelerators
from torchdojo.grading.fix_order import wrong_checks
from torchdojo.grading.result import Result
from torchdojo.grading.version import engine_hash, graders_hash
from torchdojo.report.check_view import view_check
from torchdojo.verify.places import Places
from torchdojo.verify.problems import earned_share, failed_checks, find_problems, is_named, names_given
from torchdojo.verify.subjects import Expectation, Subject

CODE = " " * 4  # the indentation of code in Markdown
LABEL_WIDTH = 9
ROOMS = ("authoring", "batch", "report", "verify")  # what an outcome passes through above grading


@dataclass(frozen=True)
class Outcome:
    """The outcome of one run of one subject.

    problems: what is wrong with its verdict; failed: checks of its own exercise that did not pass
    named: whether a mistake was named; share: of its exercise's points that it earned; seconds: wall time of the run
    names: the ids of all mistakes that were named in its exercise
    message: the first that a mistake gets, as an entry of docs/messages.md
    """

    problems: list[str]
    failed: list[str]
    named: bool
    seconds: float
    share: float
    names: list[str] = field(default_factory=list)
    message: str = ""

    @classmethod
    def from_result(cls, subject: Subject, result: Result, places: Places | None = None) -> Outcome:
        """Compare a result with what its subject must get. places: where the checks are"""
        expectation = subject.expectation
        problems = find_problems(result, expectation, places)
        if problems and subject.origin:
            problems[-1] += f"\n{_difference(subject)}"
        return cls(
            problems=problems,
            failed=failed_checks(result, expectation),
            named=is_named(result, expectation),
            seconds=round(result.seconds, 3),
            share=round(earned_share(result, expectation), 4),
            names=names_given(result, expectation),
            message=_message(result, expectation) if expectation.kind == "mistake" else "",
        )


class OutcomeCache:
    """Outcomes by all that they depend on: engine, graders, subject, seed number, sandbox and devices."""

    def __init__(self, path: Path, course: Course, sandbox: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._engine = engine_hash(*ROOMS)
        self._graders = {chapter.name: graders_hash(course, chapter) for chapter in course.chapters}
        self._environment = f"{sandbox}:{'+'.join(available_accelerators(course))}"
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("CREATE TABLE IF NOT EXISTS outcomes (key TEXT PRIMARY KEY, outcome TEXT NOT NULL)")

    def key(self, chapter: str, subject: Subject, seed: int) -> str:
        """Return the key of a run."""
        parts = (self._engine, self._graders[chapter], self._environment, chapter, subject.name, subject.only, seed)
        return hashlib.sha256(repr(parts).encode() + subject.source).hexdigest()

    def get(self, key: str) -> Outcome | None:
        """Return the outcome of an earlier run without problems, or None."""
        row = self._database.execute("SELECT outcome FROM outcomes WHERE key = ?", (key,)).fetchone()
        return None if row is None else Outcome(**json.loads(row[0]))

    def add(self, key: str, outcome: Outcome) -> None:
        """Keep an outcome, unless it has problems: those are run again."""
        if not outcome.problems:
            self._database.execute("INSERT OR REPLACE INTO outcomes VALUES (?, ?)", (key, json.dumps(asdict(outcome))))

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def _difference(subject: Subject) -> str:
    """Return how a variant's text differs from that of its mistake."""
    before, after = (text.decode("utf-8").splitlines() for text in (subject.origin, subject.source))
    lines = list(difflib.unified_diff(before, after, lineterm="", n=0))[2:]
    return "\n".join(["This variant is the mistake with these lines changed:", *lines])


def _message(result: Result, expectation: Expectation) -> str:
    """Return a mistake's entry on the page: its title, and what to fix first in its exercise."""
    own = [check for check in result.checks if check.exercise.name == expectation.exercise]
    failed = wrong_checks(own)
    if not failed:
        return f"**{expectation.title}** · nothing: no check fails\n"
    first = view_check(failed[0])
    rows = [f"{label:<{LABEL_WIDTH}}{text}".replace("\n", "\n" + " " * LABEL_WIDTH) for label, text in first.rows]
    lines = "\n".join([*rows, *filter(None, [first.diagnosis]), *first.explanation, *first.advice])
    return f"**{expectation.title}** · {first.title}\n\n{textwrap.indent(lines, CODE)}\n"
