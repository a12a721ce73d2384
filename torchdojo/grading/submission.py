"""A submission as the trusted process sees it: a text, never code."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from torchdojo.course import Exercise
from torchdojo.grading.bans import find_violation
from torchdojo.grading.status import CheckStatus
from torchdojo.source.doubles import find_doubles
from torchdojo.source.files import BrokenBlock, ParsedSource, SourceError, span
from torchdojo.source.names import Definition, Import
from torchdojo.source.placeholders import is_untouched, placeholder_line
from torchdojo.source.returns import find_computation, find_functions

if TYPE_CHECKING:  # which loads torch
    from torchdojo.worker.protocol import LeftOut

COMPILES = "torch.compile is left out in grading: the code runs as it is written"
UNPARSED = "does not parse: "  # at the start of the message of what does not parse
TRIES_OUT = ". It only tries things out, so that costs nothing"
MAX_NOTES, MAX_NOTE_LENGTH = 10, 300


@dataclass(frozen=True)
class Readiness:
    """Whether an exercise can be run.

    status: how its checks end without being run (todo, failed if it is not defined, error if its definition was left
    out, forbidden); None if it is ready
    line: where it is defined, or where its `...`, the error or the forbidden name is
    forbidden: that name; reason: the error
    """

    status: CheckStatus | None
    line: int | None = None
    forbidden: str = ""
    reason: str = ""

    @property
    def is_ready(self) -> bool:
        """Whether its checks can be run."""
        return self.status is None


@dataclass(frozen=True)
class Omission:
    """A part of a submission that was left out, so that the rest could be loaded.

    line: where the reason is; note: a sentence about it; names: what the part would have bound
    raised: the exception with its message, "" if there was none
    """

    line: int
    note: str
    names: frozenset[str]
    raised: str = ""


class Submission:
    """A submission's text and what it defines.

    stub: the definitions of the chapter's stub, by name
    doubles: the names that it defines more than once
    without: the numbers of the top-level statements that are not run; omissions: what was left out, so far as is known
    compiles: whether it was seen to ask torch to compile something; load_seconds: what loading it takes, as charged
    """

    def __init__(self, source: ParsedSource, stub: Mapping[str, Definition] = MappingProxyType({})) -> None:
        self.parsed = source
        self.stub = stub
        self.source = source.source
        self.code = source.code
        self.filename = source.name
        self.without: tuple[int, ...] = ()
        self.compiles = False
        self.load_seconds = 0.0
        self.doubles = find_doubles(source, stub)
        self.omissions = [_omission_of_block(block) for block in source.broken]
        self.bound = frozenset[str]().union(*(statement.binds for statement in source.statements))

    @property
    def hash(self) -> str:
        """The first 16 digits of the text's SHA-256."""
        return hashlib.sha256(self.source).hexdigest()[:16]

    @property
    def notes(self) -> list[str]:
        """Sentences about how it was read, what it defines twice, and what was left out."""
        read = [self.parsed.note] if self.parsed.note else []
        read += [double.describe() for double in self.doubles[:MAX_NOTES]]
        notes = list(dict.fromkeys(part.note for part in self.omissions))
        more = len(notes) - MAX_NOTES
        if more > 0:
            notes[MAX_NOTES:] = [f"{more} more parts could not be run and were left out"]
        return [*read, *notes, *([COMPILES] if self.compiles else [])]

    def leave_out(
        self,
        left_out: Iterable[LeftOut],
        without: Collection[int] = (),
        reason: str = "",
        tried_out: Collection[int] = (),
    ) -> None:
        """Note what was left out when the text was loaded.

        left_out: the statements that raised; without: the numbers of those that were not run, for a reason
        tried_out: the numbers of those that only try things out
        """
        statements = list(self.parsed.statements)
        self.without = tuple(sorted(without))
        omitted = dict.fromkeys(self.without, "")
        if omitted:
            places = list(dict.fromkeys(lines_in_words(*span(statements[number].node)) for number in self.without))
            note = (
                f"{', '.join(places[:MAX_NOTES])} {_was(places[0]) if len(places) == 1 else 'were'} left out: {reason}"
            )
            omitted = dict.fromkeys(self.without, note)
        reasons: dict[int, str] = {}
        for number, raised in left_out:
            if 0 <= number < len(statements):
                reasons[number] = raised
                place = lines_in_words(*span(statements[number].node))
                omitted[number] = f"{place} could not be run and {_was(place)} left out: {_on_one_line(raised)}"
        for number, note in omitted.items():
            statement = statements[number]
            note += TRIES_OUT if number in tried_out else ""
            self.omissions.append(Omission(statement.node.lineno, note, statement.binds, reasons.get(number, "")))
        kept = (statement for number, statement in enumerate(statements) if number not in omitted)
        self.bound = frozenset[str]().union(*(statement.binds for statement in kept))

    def omission_of(self, name: str) -> Omission | None:
        """Return the part that would have bound a name, if that is why nothing does."""
        if name in self.bound:
            return None
        return next((part for part in self.omissions if name in part.names or "*" in part.names), None)

    def explain_omission(self, omission: Omission | None) -> str:
        """Return what the exception means for which a part was left out, or ""."""
        from torchdojo.explain.code import Code
        from torchdojo.explain.exceptions import explain
        from torchdojo.explain.rules import Raised

        kind, _, message = (omission.raised if omission else "").partition(": ")
        if omission is None or not kind:
            return ""
        return explain(Raised(kind, message, omission.line, Code(self.parsed, self.stub), "the file"))

    def defines_none_of(self, names: Iterable[str]) -> bool:
        """Whether none of these names is bound."""
        return "*" not in self.bound and self.bound.isdisjoint(names)

    def plans(self, names: Collection[str]) -> list[tuple[int, ...]]:
        """Return what to leave out, one after the other, until the text can be loaded: numbers of statements.

        First what has an effect that these names do not depend on, such as a demo; then all that may have an effect.
        """
        statements = list(self.parsed.statements)
        needed = set(self.parsed.statements.closure(names))
        acting = [n for n, s in enumerate(statements) if s.has_effect and not isinstance(s.node, Import)]
        plans = [tuple(n for n in acting if statements[n] not in needed), tuple(acting)]
        return [plan for plan in dict.fromkeys(plans) if plan]

    def trailing(self, names: Iterable[str]) -> tuple[int, ...]:
        """Return the numbers of the statements after all that these names depend on which may have an effect."""
        statements = list(self.parsed.statements)
        needed = set(self.parsed.statements.closure(names))
        last = max((n for n, statement in enumerate(statements) if statement in needed), default=-1)
        return tuple(n for n, statement in enumerate(statements) if 0 <= last < n and statement.has_effect)

    def definition_line(self, exercise: str) -> int | None:
        """Return the line where an exercise is defined."""
        node = self.parsed.definitions.get(exercise)
        return node.lineno if node else None

    def signature_line(self, exercise: str, function: str) -> int | None:
        """Return the line where an exercise, or a method of it, says which parameters it has. function: its name"""
        node = self.parsed.definitions.get(exercise)
        body = node.body if isinstance(node, ast.ClassDef) else []
        methods = [method for method in body if isinstance(method, ast.FunctionDef) and method.name == function]
        return methods[-1].lineno if methods else self.definition_line(exercise) if function == exercise else None

    def computing_line(self, exercise: str, line: int) -> int | None:
        """Return the line that computes what an exercise, or a method of it, returns from a line, if it is known."""
        node = self.parsed.definitions.get(exercise)
        functions = dict(find_functions(node)).values() if node is not None else ()
        own = (function for function in functions if function.lineno <= line <= (function.end_lineno or 0))
        return next((find_computation(function, line) for function in own), None)

    def owner(self, line: int | None) -> str:
        """Return the name of the definition at top level that a line is in, or ""."""
        for name, node in self.parsed.definitions.items():
            if line is not None and node.lineno <= line <= (node.end_lineno or node.lineno):
                return name
        return ""

    def readiness(self, exercise: Exercise) -> Readiness:
        """Return whether an exercise can be run."""
        if exercise.name not in self.bound and "*" not in self.bound:
            omission = self.omission_of(exercise.name)
            if omission is None:
                return Readiness(CheckStatus.FAILED)
            return Readiness(CheckStatus.ERROR, omission.line, reason=omission.note)
        node = self.parsed.definitions.get(exercise.name)
        if node is not None and exercise.name in self.stub and is_untouched(node, self.stub[exercise.name]):
            return Readiness(CheckStatus.TODO, placeholder_line(node))
        violation = find_violation(self.parsed, exercise)
        if violation:
            return Readiness(CheckStatus.FORBIDDEN, violation.line, violation.name)
        return Readiness(None, node.lineno if node else None)

    def source_line(self, line: int | None) -> str:
        """Return the text of a line, stripped."""
        lines = self.parsed.lines
        return lines[line - 1].strip()[:300] if line and 0 < line <= len(lines) else ""


def _omission_of_block(block: BrokenBlock) -> Omission:
    place = lines_in_words(block.first, block.last)
    verb = "does" if block.first == block.last else "do"
    where = "" if block.first == block.last else f" (line {block.line})"
    error = _on_one_line(block.message.removeprefix(UNPARSED))
    note = f"{place} {verb} not parse and {_was(place)} left out: {error}{where}"
    return Omission(block.line, note, block.names, f"SyntaxError: {block.message.removeprefix(UNPARSED)}")


def _on_one_line(text: str) -> str:
    """Return a text with a submission's own words on one line, short, and without control characters."""
    printable = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(printable.split())[:MAX_NOTE_LENGTH]


def lines_in_words(first: int, last: int) -> str:
    """Return a range of lines as text."""
    return f"line {first}" if first == last else f"lines {first} to {last}"


def _was(place: str) -> str:
    return "was" if place.startswith("line ") else "were"


def describe_source_error(error: SourceError, filename: str) -> str:
    """Return why a submission could not be read, with the file and the line."""
    location = f"{filename}:{error.line}" if error.line else filename
    return f"{location} {error.message}"
