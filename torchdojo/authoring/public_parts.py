"""Extract the public checks and their probes, with everything that they need and nothing else."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from pathlib import Path

from torchdojo.course import CourseError, parse_course_file
from torchdojo.source.files import ParsedSource, span
from torchdojo.source.names import Assignment, Definition, Import, Statement, Statements, local_name

Test = Callable[[ast.stmt], bool]


def extract_public_checks(path: Path) -> str | None:
    """Return the text of a check file with only its public checks, None if it has none. CourseError if it is broken."""
    source = parse_course_file(path)
    all_public = any(_is_pytestmark(node) and "public" in _marks(node) for node in source.tree.body)

    def is_public(node: ast.stmt) -> bool:
        return _is_check(node) and (all_public or any("public" in _marks(mark) for mark in _decorators(node)))

    checks = list(filter(is_public, source.tree.body))
    if not checks:
        return None
    fixtures = _fixtures_of(checks, source.tree)
    return _kept_text(
        source,
        wanted=lambda node: is_public(node) or _is_pytestmark(node) or getattr(node, "name", "") in fixtures,
        left_out=lambda node: _is_check(node) and not is_public(node),
    )


def extract_probes(path: Path, checks: Iterable[str]) -> str:
    """Return the text of a probes file with only the probes that these check files use.

    CourseError if a check does not use a probe as `probes.name`, or uses one that is not defined.
    """
    names: set[str] = set()
    for text in checks:
        names |= _probes_in(path, text)
    source = parse_course_file(path)
    missing = names - source.definitions.keys()
    if missing:
        raise CourseError(path, f"a public check uses {', '.join(sorted(missing))}, which is not defined here")
    return _kept_text(
        source,
        wanted=lambda node: isinstance(node, Definition) and node.name in names,
        left_out=lambda node: _is_probe(node) and getattr(node, "name", "") not in names,
    )


def _probes_in(path: Path, text: str) -> set[str]:
    tree = ast.parse(text)
    attributes = [n for n in ast.walk(tree) if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name)]
    followed = {id(n.value): n.attr for n in attributes if isinstance(n.value, ast.Name) and n.value.id == "probes"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == "probes" and id(node) not in followed:
            message = f"a public check must use each probe as probes.name, not {ast.unparse(node)}"
            raise CourseError(path, message, line=node.lineno)
    return set(followed.values())


def _marks(node: ast.AST) -> set[str]:
    """Return the attributes in an expression or statement: "public" in pytest.mark.public."""
    return {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)}


def _fixtures_of(checks: Iterable[ast.stmt], tree: ast.Module) -> set[str]:
    """Return the names of the file's own fixtures that checks ask for, and those that these ask for."""
    defined = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef) and "fixture" in _decorator_names(n)}
    found: set[str] = set()
    waiting = list(checks)
    for node in waiting:
        for argument in node.args.args if isinstance(node, ast.FunctionDef) else ():
            if argument.arg in defined and argument.arg not in found:
                found.add(argument.arg)
                waiting.append(defined[argument.arg])
    return found


def _decorator_names(node: ast.stmt) -> set[str]:
    """Return the names in a definition's decorators: pytest and fixture of @pytest.fixture."""
    parts = [part for decorator in _decorators(node) for part in ast.walk(decorator)]
    return {part.attr for part in parts if isinstance(part, ast.Attribute)} | {
        part.id for part in parts if isinstance(part, ast.Name)
    }


def _is_pytestmark(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "pytestmark" for t in node.targets)


def _is_check(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name.startswith("test_")


def _is_probe(node: ast.stmt) -> bool:
    calls = [d.func if isinstance(d, ast.Call) else d for d in _decorators(node)]
    return any(isinstance(call, ast.Name) and call.id == "probe" for call in calls)


def _decorators(node: ast.stmt) -> list[ast.expr]:
    return node.decorator_list if isinstance(node, ast.FunctionDef) else []


def _kept_text(source: ParsedSource, wanted: Test, left_out: Test) -> str:
    """Return the wanted statements with everything that they need, in their order, without comments between them."""
    statements = Statements(s for s in source.statements if not left_out(s.node))
    kept = statements.closure(start=[s for s in statements if wanted(s.node) or _stands_alone(s)])
    return _text_of(source, kept)


def extract_needed(source: ParsedSource, names: Iterable[str]) -> str:
    """Return the text of the statements that names depend on, in their order, "" if there are none."""
    needed = set(names)
    return _text_of(source, source.statements.closure(needed), needed).lstrip("\n")


def _text_of(source: ParsedSource, kept: Iterable[Statement], names: Iterable[str] = ()) -> str:
    """Return the text of some statements; of imports only what these read, or what has one of the names."""
    kept = list(kept)
    used = {*names, *(name for statement in kept for name in statement.reads)}
    parts = [(statement.node, _text(source, statement, used)) for statement in kept]
    return _joined([(node, text) for node, text in parts if text])


def _stands_alone(statement: Statement) -> bool:
    """Whether a statement is kept for its effect, or as a docstring, even if nothing needs it."""
    assigns = isinstance(statement.node, Assignment | ast.AugAssign) and statement.binds
    return not assigns and (statement.has_effect or isinstance(statement.node, ast.Expr))


def _text(source: ParsedSource, statement: Statement, used: set[str]) -> str:
    node = statement.node
    if isinstance(node, Import) and not statement.has_effect:
        names = [alias for alias in node.names if local_name(alias) in used]
        if isinstance(node, ast.Import):
            return ast.unparse(ast.Import(names=names)) if names else ""
        return ast.unparse(ast.ImportFrom(module=node.module, names=names, level=node.level)) if names else ""
    if isinstance(node, Definition):
        first, last = span(node)
        return "\n".join(source.lines[first - 1 : last])
    return ast.get_source_segment("\n".join(source.lines), node) or ast.unparse(node)


def _joined(parts: list[tuple[ast.stmt, str]]) -> str:
    text = ""
    for index, (node, part) in enumerate(parts):
        before = parts[index - 1][0] if index else None
        if before is None:
            gap = ""
        elif isinstance(node, Definition) or isinstance(before, Definition):
            gap = "\n\n\n"
        else:
            gap = "\n" if isinstance(node, type(before)) or _imports(node, before) else "\n\n"
        text += gap + part
    return text + "\n"


def _imports(*nodes: ast.stmt) -> bool:
    return all(isinstance(node, Import) for node in nodes)
