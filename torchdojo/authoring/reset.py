"""Replace one exercise by its stub, and leave the rest of a learner's file as it is."""

from __future__ import annotations

import ast
import re

from torchdojo.source.files import ParsedSource, SourceError, span
from torchdojo.source.names import Assignment, Definition


def restore_stub(text: str, stub: str, exercise: str) -> str:
    """Return a learner's text with one exercise's code replaced by the stub's, which must define it.

    If the text does not parse, the definition is found by its first line and its indentation. A missing exercise is put
    before the next one that is there, or at the end.
    """
    first_and_last = _find_definition(stub, exercise)
    assert first_and_last is not None, exercise
    first, last = first_and_last
    definition = stub.splitlines()[first - 1 : last]
    lines = text.splitlines()
    found = _find_definition(text, exercise)
    if found is not None:
        lines[found[0] - 1 : found[1]] = definition
        return "\n".join(lines) + "\n"
    start = _insertion_line(text, stub, last)
    lines[start - 1 : start - 1] = (
        [*definition, "", "", "# %%"] if start <= len(lines) else ["", "", "# %%", *definition]
    )
    return "\n".join(lines) + "\n"


def _insertion_line(text: str, stub: str, after: int) -> int:
    """Return the line, from 1, of the next definition of the stub that the text has, else the line after its end."""
    for node in ParsedSource(stub.encode()).tree.body:
        if isinstance(node, Definition) and node.lineno > after:
            found = _find_definition(text, node.name)
            if found is not None:
                return found[0]
    return len(text.splitlines()) + 1


def _find_definition(text: str, name: str) -> tuple[int, int] | None:
    """Return the first and last line of a top-level definition or assignment, from 1, its decorators included."""
    try:
        tree = ParsedSource(text.encode()).tree
    except SourceError:
        return _guess_definition(text.splitlines(), name)
    spans = [span(node) for node in tree.body if _defines(node, name)]
    return _with_trailing_comments(text.splitlines(), *spans[-1]) if spans else None


def _defines(node: ast.stmt, name: str) -> bool:
    if isinstance(node, Assignment):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return any(isinstance(target, ast.Name) and target.id == name for target in targets)
    return isinstance(node, Definition) and node.name == name


def _with_trailing_comments(lines: list[str], first: int, last: int) -> tuple[int, int]:
    """Return a definition's first and last line, the indented comments after it included."""
    for number, line in enumerate(lines[last:], start=last + 1):
        if line.strip() and not line[0].isspace():
            break
        if line.strip():
            last = number
    return first, last


def _guess_definition(lines: list[str], name: str) -> tuple[int, int] | None:
    """Find a definition in text that does not parse: from its first line to the next line without indentation."""
    head = re.compile(rf"(async\s+def|def|class)\s+{re.escape(name)}\b|{re.escape(name)}\s*(:[^=]*)?=(?!=)")
    starts = [index for index, line in enumerate(lines) if head.match(line)]
    if not starts:
        return None
    first = starts[-1]
    last = first
    for index in range(first + 1, len(lines)):
        line = lines[index]
        if line.strip() and not line[0].isspace() and not line.startswith((")", "]", "}")):
            break
        if line.strip():
            last = index
    while first and lines[first - 1].startswith("@"):
        first -= 1
    return first + 1, last + 1
