"""Add code to a Python file, and the imports that it needs."""

from __future__ import annotations

import ast

from torchdojo.course.stub import BEGIN, END, MARKED
from torchdojo.source.files import ParsedSource, span
from torchdojo.source.names import Definition, Import, local_name

CELL = "# %%"


def add_code(text: str, addition: str) -> str:
    """Return a text with the code of another at its end, and with those of its imports that the text lacks.

    addition: its imports come first. SourceError if one of the texts does not parse
    """
    target, new = ParsedSource(text.encode("utf-8")), ParsedSource(addition.encode("utf-8"))
    bound = {name for statement in target.statements for name in statement.binds}
    imports = [node for node in new.tree.body if isinstance(node, Import)]
    missing = [line for node in imports if (line := _import_of(node, bound))]
    code = "\n".join(new.lines[imports[-1].end_lineno if imports else 0 :]).strip("\n")
    last = max((node.end_lineno or 0 for node in target.tree.body if isinstance(node, Import)), default=0)
    ends = "\r\n" if "\r\n" in text else "\n"
    lines = text.replace("\r\n", "\n").rstrip("\n").split("\n")
    if last:
        lines[last:last] = missing
    elif missing:
        in_cells = any(line.startswith(CELL) for line in lines)
        lines += ["", *([CELL] if in_cells else []), *missing]
    gap = [""] if code.startswith(CELL) and not lines[-1].startswith((" ", "\t")) else ["", ""]
    return ends.join([*lines, *gap, *code.split("\n"), ""])


def _import_of(node: ast.Import | ast.ImportFrom, bound: set[str]) -> str:
    """Return an import of the names that are not bound, "" if all are."""
    names = [alias for alias in node.names if local_name(alias) not in bound]
    if not names:
        return ""
    return ast.unparse(ast.Import(names) if isinstance(node, ast.Import) else ast.ImportFrom(node.module, names, 0))


def copy_definition(source: ParsedSource, name: str) -> str:
    """Return a definition's text without solution markers and docstrings."""
    node = source.definitions[name]
    first, last = span(node)
    left_out = set[int]()
    for inner in ast.walk(node):
        if isinstance(inner, Definition) and ast.get_docstring(inner) is not None and len(inner.body) > 1:
            left_out.update(range(inner.body[0].lineno, (inner.body[0].end_lineno or 0) + 1))
    lines = []
    for number, line in enumerate(source.lines[first - 1 : last], start=first):
        if number not in left_out and line.strip() not in (BEGIN, END):
            marked = MARKED.match(line)
            lines.append(marked["code"] if marked else line)
    return "\n".join(lines) + "\n"
