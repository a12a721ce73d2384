"""A submission as the trusted process sees it: text, never code. What it defines, and which exercises can be run."""

from __future__ import annotations

import ast
import hashlib
from dataclasses import dataclass

from torchdojo.course import Exercise
from torchdojo.grading.bans import Violation, find_violation
from torchdojo.grading.status import CheckStatus
from torchdojo.grading.walk import walk
from torchdojo.source.files import Definition, SourceError, assigned_names, check_text, parse
from torchdojo.source.placeholders import placeholder_line


@dataclass(frozen=True)
class Standing:
    """Whether an exercise can be run, and the line to look at.

    status: how its checks end without being run (todo, failed where it is not defined, forbidden); None if it is ready
    """

    status: CheckStatus | None
    line: int | None = None
    words: str = ""

    @property
    def is_ready(self) -> bool:
        """Whether its checks can be run."""
        return self.status is None


class Submission:
    """A submission's text with what can be read off it. SourceError if it is no Python text at all."""

    def __init__(self, source: bytes, filename: str) -> None:
        check_text(source)
        self.source = source
        self.filename = filename
        self.tree = parse(source, filename)
        self.definitions = {node.name: node for node in self.tree.body if isinstance(node, Definition)}
        self.bound = _bound(self.tree)

    @property
    def hash(self) -> str:
        """The text's SHA-256, shortened."""
        return hashlib.sha256(self.source).hexdigest()[:16]

    def line_of(self, exercise: str) -> int | None:
        """Return the line where an exercise is defined."""
        node = self.definitions.get(exercise)
        return node.lineno if node else None

    def standing(self, exercise: Exercise) -> Standing:
        """Return whether an exercise can be run."""
        node = self.definitions.get(exercise.name)
        if node is None and exercise.name not in self.bound and "*" not in self.bound:
            return Standing(CheckStatus.FAILED)
        if node is not None:
            line = placeholder_line(node)
            if line is not None:
                return Standing(CheckStatus.TODO, line)
        violation: Violation | None = find_violation(self.tree, exercise)
        if violation:
            return Standing(CheckStatus.FORBIDDEN, violation.line, violation.name)
        return Standing(None, node.lineno if node else None)

    def text_of(self, line: int | None) -> str:
        """Return the text of a line, stripped."""
        lines = self.source.decode("utf-8-sig").splitlines()
        return lines[line - 1].strip()[:300] if line and 0 < line <= len(lines) else ""


def _bound(tree: ast.Module) -> set[str]:
    """Return every name that module-level code binds, inside its blocks too; "*" for a star import."""
    names: set[str] = set()
    for statement in tree.body:
        names.update(assigned_names(statement))
        for node in () if isinstance(statement, Definition) else walk(statement):
            if isinstance(node, Definition):
                names.add(node.name)
            elif isinstance(node, ast.Import | ast.ImportFrom):
                names.update(alias.asname or alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.add(node.id)
    return names


def source_failure(error: SourceError, name: str) -> str:
    """Say why a submission could not be read."""
    place = f"{name}:{error.line}" if error.line else name
    return f"{place} {error.message}"
