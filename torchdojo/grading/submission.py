"""A submission as the trusted process sees it: a text, never code."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from torchdojo.course import Exercise
from torchdojo.grading.bans import find_violation
from torchdojo.grading.status import CheckStatus
from torchdojo.source.files import ParsedSource, SourceError
from torchdojo.source.placeholders import placeholder_line


@dataclass(frozen=True)
class Readiness:
    """Whether an exercise can be run.

    status: how its checks end without being run (todo, failed if it is not defined, forbidden); None if it is ready
    line: where it is defined, or where its `...` or the forbidden name is; forbidden: that name
    """

    status: CheckStatus | None
    line: int | None = None
    forbidden: str = ""

    @property
    def is_ready(self) -> bool:
        """Whether its checks can be run."""
        return self.status is None


class Submission:
    """A submission's text and what it defines."""

    def __init__(self, source: ParsedSource) -> None:
        self.parsed = source
        self.source = source.source
        self.filename = source.name
        self.bound = frozenset[str]().union(*(statement.binds for statement in source.statements))

    @property
    def hash(self) -> str:
        """The first 16 digits of the text's SHA-256."""
        return hashlib.sha256(self.source).hexdigest()[:16]

    def definition_line(self, exercise: str) -> int | None:
        """Return the line where an exercise is defined."""
        node = self.parsed.definitions.get(exercise)
        return node.lineno if node else None

    def readiness(self, exercise: Exercise) -> Readiness:
        """Return whether an exercise can be run."""
        node = self.parsed.definitions.get(exercise.name)
        if node is None and exercise.name not in self.bound and "*" not in self.bound:
            return Readiness(CheckStatus.FAILED)
        if node is not None:
            line = placeholder_line(node)
            if line is not None:
                return Readiness(CheckStatus.TODO, line)
        violation = find_violation(self.parsed, exercise)
        if violation:
            return Readiness(CheckStatus.FORBIDDEN, violation.line, violation.name)
        return Readiness(None, node.lineno if node else None)

    def source_line(self, line: int | None) -> str:
        """Return the text of a line, stripped."""
        lines = self.parsed.lines
        return lines[line - 1].strip()[:300] if line and 0 < line <= len(lines) else ""


def describe_source_error(error: SourceError, filename: str) -> str:
    """Return why a submission could not be read, with the file and the line."""
    location = f"{filename}:{error.line}" if error.line else filename
    return f"{location} {error.message}"
