"""Write a question of a check as a script: the lines of its probe, with the parameters and the seed filled in.

It runs from the course's folder, in a notebook and in a debugger, and asks the exercise file what the check asks.
"""

from __future__ import annotations

import ast
import json
import pprint
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from torchdojo.authoring.public_parts import extract_needed
from torchdojo.source.files import ParsedSource, span
from torchdojo.source.names import Function, Import, Statement, local_name

if TYPE_CHECKING:  # which loads torch
    from torchdojo.worker.protocol import Call

PRINT = 'for name, value in outputs.items():\n    print(f"{name} = {value}")\n'
IMPORTS = {"torch": "import torch", "Draw": "from torchdojo.probe import Draw"}
SIMULATED = "from torchdojo.probe.accelerator import simulated_accelerator"


@dataclass(frozen=True)
class Script:
    """A question as Python code that leaves its answers in the dict `outputs`.

    head: the imports and the probe's helpers; body: the seed, the inputs, the call
    """

    head: str
    body: str

    @property
    def text(self) -> str:
        """The whole script."""
        return f"{self.head}\n{self.body}"


def write_script(
    probes: ParsedSource, chapter: str, calls: Sequence[Call], defaults: dict[str, Any], device: str = "cpu"
) -> Script:
    """Return a script that makes these calls of one probe on exercises/CHAPTER.py.

    probes: the text that defines it; defaults: of its parameters; device: "cpu", "cuda" or "simulated"
    """
    function = probes.definitions[calls[0].probe]
    assert isinstance(function, ast.FunctionDef)
    ch, draw = (argument.arg for argument in function.args.args)
    given = {**defaults, **calls[0].params}
    blocks = list(_running(function, given))
    nodes = [node for node, _ in blocks]
    names: set[str] = set()
    if _ends_with_its_return(nodes):
        read = Statement(*nodes)
        needed = set(read.reads) - given.keys() - {ch, draw}
        uses = [node for node in _below(nodes) if isinstance(node, ast.Attribute) and _is(node.value, ch)]
        names = {use.attr for use in uses}
        taken = {*_bound_in(nodes), *_bound_by(probes, needed), *given, *IMPORTS, draw, "seed", "outputs"}
        if len(uses) < sum(_is(node, ch) for node in _below(nodes)) or names & taken:
            uses, names = [], set()
        lines = _lines(probes, blocks, uses)
        values = "".join(f"{name} = {_literal(value)}\n" for name, value in given.items() if name in read.reads)
    else:
        needed, values = {function.name}, ""
        arguments = [ch, draw, *(f"{name}={value!r}" for name, value in calls[0].params.items())]
        lines = f"outputs = {function.name}({', '.join(arguments)})\n"
    course = f"from exercises.{chapter} import {', '.join(sorted(names))}"
    head = _head(probes, needed, course if names else f"from exercises import {chapter} as {ch}", device)
    return Script(head, _asked(values, lines, draw, calls, device))


def _running(function: ast.FunctionDef, given: dict[str, Any]) -> Iterator[tuple[ast.stmt, int]]:
    """Yield the statements of a function that run with these parameters, each with the line before its text.

    Only what leads to an early return is decided: `if not grads: return …`.
    """
    waiting, before = list(function.body), function.body[0].lineno - 1
    if ast.get_docstring(function) is not None:
        before = waiting.pop(0).end_lineno or before
    while waiting:
        node = waiting.pop(0)
        value = _known(node.test, given) if isinstance(node, ast.If) and any(_returns([node])) else None
        if isinstance(node, ast.If) and value is not None:
            waiting[:0] = node.body if value else node.orelse
            before = span(waiting[0])[0] - 1 if waiting else before
            continue
        yield node, before
        if isinstance(node, ast.Return):
            return
        before = node.end_lineno or before


def _known(test: ast.expr, given: dict[str, Any]) -> bool | None:
    """Return the value of a condition, None if it depends on more than the parameters."""
    try:
        return bool(eval(compile(ast.Expression(test), "", "eval"), {"__builtins__": {}}, dict(given)))
    except Exception:
        return None


def _ends_with_its_return(nodes: Sequence[ast.stmt]) -> bool:
    last: ast.stmt | None = nodes[-1] if nodes else None
    while isinstance(last, ast.With):
        last = last.body[-1]
    return isinstance(last, ast.Return) and list(_returns(nodes)) == [last]


def _returns(nodes: Iterable[ast.AST]) -> Iterator[ast.Return]:
    """Yield the return statements among nodes and below them, without those of inner functions."""
    for node in nodes:
        if isinstance(node, ast.Return):
            yield node
        elif not isinstance(node, Function | ast.ClassDef):
            yield from _returns(ast.iter_child_nodes(node))


def _below(nodes: Iterable[ast.AST]) -> list[ast.AST]:
    return [below for node in nodes for below in ast.walk(node)]


def _is(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _bound_in(nodes: Iterable[ast.AST]) -> set[str]:
    """Return every name that is bound anywhere in these nodes."""
    found = set()
    for node in _below(nodes):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, Function | ast.ClassDef) and not isinstance(node, ast.Lambda):
            found.add(node.name)
    return found


def _bound_by(probes: ParsedSource, names: Iterable[str]) -> set[str]:
    return {name for statement in probes.statements.closure(names) for name in statement.binds}


def _lines(probes: ParsedSource, blocks: Sequence[tuple[ast.stmt, int]], prefixed: Iterable[ast.Attribute]) -> str:
    """Return the lines of a probe's statements at the left margin.

    The answers are assigned in place of the return, and the prefixed names lose their prefix.
    """
    (last,) = _returns(node for node, _ in blocks)
    edits = [(last.lineno, last.col_offset, last.col_offset + len("return"), b"outputs =")]
    for use in prefixed:
        edits.append((use.value.end_lineno or 0, use.value.col_offset, (use.value.end_col_offset or 0) + 1, b""))
    lines = [line.encode() for line in probes.lines]
    for number, first, end, text in sorted(edits, reverse=True):
        lines[number - 1] = lines[number - 1][:first] + text + lines[number - 1][end:]
    parts = (b"\n".join(lines[before : node.end_lineno]).decode() for node, before in blocks)
    return "".join(textwrap.dedent(part).strip("\n") + "\n" for part in parts)


def _head(probes: ParsedSource, needed: set[str], course: str, device: str) -> str:
    """Return the imports, the course's last, and what the question needs of the chapter's probes."""
    own = extract_needed(probes, needed | IMPORTS.keys()).strip("\n")
    imports = [node for node in ast.parse(own).body if isinstance(node, Import)]
    bound = {local_name(alias) for node in imports for alias in node.names}
    missing = [line for name, line in IMPORTS.items() if name not in bound]
    end = (imports[-1].end_lineno or 0) if imports else 0
    lines = own.splitlines()
    more = [SIMULATED] if device == "simulated" else []
    return "\n".join([*lines[:end], *missing, *more, course, *lines[end:]]) + ("\n\n" if lines[end:] else "\n")


def _asked(values: str, lines: str, draw: str, calls: Sequence[Call], device: str) -> str:
    """Return the lines with the parameters and the seed before them; of several calls, in a loop over their seeds."""
    seed = "seed" if len(calls) > 1 else str(calls[0].seed)
    where = "" if device == "cpu" else ', "cuda"'
    lines = f"{values}torch.manual_seed({seed})\n{draw} = Draw({seed}{where})\n{lines}"
    if len(calls) > 1:
        seeds = ", ".join(str(call.seed) for call in calls)
        lines = f"for seed in ({seeds}):  # the last answer is the wrong one\n{_indented(lines)}"
    return f"with simulated_accelerator():\n{_indented(lines)}" if device == "simulated" else lines


def _literal(value: Any) -> str:
    return (
        json.dumps(value, ensure_ascii=False)
        if isinstance(value, str)
        else pprint.pformat(value, width=100, compact=True, sort_dicts=False)
    )


def _indented(text: str) -> str:
    return textwrap.indent(text, "    ")
