"""What an exercise forbids: plain uses of it are found in the text before anything runs, all others when it runs.

What decides is torchdojo/worker/guard.py. The text is only read for what is certain: in the exercise's own definition,
a call of what is forbidden, or a base class, under a name that a plain import at the top of the file gives it.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from torchdojo.course import Chapter, Course, CourseError, Exercise
from torchdojo.course.load import FILE_NAME
from torchdojo.source.files import ParsedSource
from torchdojo.source.names import Import, local_name

if TYPE_CHECKING:  # which loads torch
    from torchdojo.worker.guard import Ban
    from torchdojo.worker.protocol import Reply

ALL = ".*"


@dataclass(frozen=True)
class Violation:
    """A use of a banned name in a submission. name: what it is; line: its line"""

    name: str
    line: int


def find_violation(source: ParsedSource, exercise: Exercise) -> Violation | None:
    """Return the first plain use, by line, of what an exercise forbids in its own definition, or None."""
    if not exercise.forbids:
        return None
    imported = _imported(source)
    if exercise.name in imported:
        uses: Iterator[tuple[str, int]] = iter([imported[exercise.name]])
    else:
        uses = _uses(source.definitions.get(exercise.name), imported)
    found = [Violation(name, line) for name, line in uses if _is_forbidden(name, exercise)]
    return min(found, key=lambda violation: violation.line, default=None)


def _imported(source: ParsedSource) -> dict[str, tuple[str, int]]:
    """Return what each name stands for, with its line, that one import binds and nothing else in the text does."""
    scopes = {id(scope): scope for statement in source.statements for _, scope in statement.walked}.values()
    bound = Counter(name for scope in scopes for name in scope.binds)
    found = {}
    for node in source.tree.body:
        for alias in node.names if isinstance(node, Import) else ():
            if bound[local_name(alias)] == 1 and not getattr(node, "level", 0):
                whole = f"{node.module}.{alias.name}" if isinstance(node, ast.ImportFrom) else alias.name
                is_root = isinstance(node, ast.Import) and not alias.asname
                found[local_name(alias)] = local_name(alias) if is_root else whole, node.lineno
    return found


def _uses(definition: ast.AST | None, imported: dict[str, tuple[str, int]]) -> Iterator[tuple[str, int]]:
    """Yield the full name of what a definition calls or derives from, with the line."""
    for node in ast.walk(definition) if definition else ():
        used = [node.func] if isinstance(node, ast.Call) else node.bases if isinstance(node, ast.ClassDef) else []
        for expression in used:
            parts, value = [], expression
            while isinstance(value, ast.Attribute):
                parts.append(value.attr)
                value = value.value
            if isinstance(value, ast.Name) and value.id in imported:
                yield ".".join([imported[value.id][0], *reversed(parts)]), expression.lineno


def _is_forbidden(name: str, exercise: Exercise) -> bool:
    def matches(pattern: str) -> bool:
        return name.startswith(pattern[:-1]) if pattern.endswith(ALL) else f"{name}.".startswith(f"{pattern}.")

    return any(map(matches, exercise.forbids)) and not any(map(matches, exercise.allows))


def resolve_bans(course: Course, chapter: Chapter) -> dict[str, Ban]:
    """Return what each exercise forbids. CourseError if something of it does not exist."""
    from torchdojo.worker.guard import resolve

    bans = {}
    for exercise in chapter.exercises:
        try:
            bans[exercise.name] = resolve(tuple(exercise.forbids), tuple(exercise.allows))
        except ValueError as error:
            key = f"chapter[{chapter.name}].exercise[{exercise.name}].forbids"
            raise CourseError(course.root / FILE_NAME, str(error), key=key) from None
    return bans


def with_known_use(reply: Reply, ban: Ban) -> Reply:
    """Return a reply as it may be shown: it comes from the submission's process, which may name anything."""
    from torchdojo.worker.protocol import ReplyStatus

    is_known = reply.status is not ReplyStatus.FORBIDDEN or ban.knows(reply.type)
    return reply if is_known else replace(reply, type="what is not allowed here")
