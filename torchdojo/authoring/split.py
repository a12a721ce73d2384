"""Take out of a chapter's checks and probes what is public, with all it needs and nothing else."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from pathlib import Path

from torchdojo.course import CourseError
from torchdojo.source.files import Definition, SourceError, parse, read_source, span


def public_checks(path: Path) -> str | None:
    """Return the text of a file of checks with the public ones only, or None if it has none."""
    tree = _parsed(path)
    every = any(_is_pytestmark(node) and "public" in _marks(node) for node in tree.body)

    def wanted(node: ast.stmt) -> bool:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            return every or any("public" in _marks(decorator) for decorator in node.decorator_list)
        return _is_pytestmark(node)

    def never(node: ast.stmt) -> bool:
        return isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and not wanted(node)

    if not any(isinstance(node, ast.FunctionDef) and wanted(node) for node in tree.body):
        return None
    return _kept_text(path, tree, wanted, never)


def probes_named(path: Path, checks: Iterable[str]) -> str:
    """Return the text of a probes file with those probes only that these texts of checks use.

    CourseError where a check uses probes in another way than `probes.name`, which cannot be followed.
    """
    names: set[str] = set()
    for text in checks:
        names |= _probes_in(path, text)
    tree = _parsed(path)
    missing = names - {node.name for node in tree.body if isinstance(node, Definition)}
    if missing:
        raise CourseError(path, f"a public check asks for {', '.join(sorted(missing))}, which is not defined here")

    def wanted(node: ast.stmt) -> bool:
        return isinstance(node, Definition) and node.name in names

    def never(node: ast.stmt) -> bool:
        return isinstance(node, ast.FunctionDef) and _is_probe(node) and node.name not in names

    return _kept_text(path, tree, wanted, never)


def _probes_in(path: Path, text: str) -> set[str]:
    tree = ast.parse(text)
    attributes = [n for n in ast.walk(tree) if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name)]
    followed = {id(n.value): n.attr for n in attributes if isinstance(n.value, ast.Name) and n.value.id == "probes"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == "probes" and id(node) not in followed:
            words = f"a public check uses probes other than as probes.name: {ast.unparse(node)}"
            raise CourseError(path, words, line=node.lineno)
    return set(followed.values())


def _parsed(path: Path) -> ast.Module:
    try:
        return parse(read_source(path), path.name)
    except SourceError as error:
        raise CourseError(path, error.message, line=error.line) from None


def _marks(node: ast.AST) -> set[str]:
    """Return the attributes named in an expression or statement: pytest.mark.public names "public"."""
    return {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)}


def _is_pytestmark(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "pytestmark" for t in node.targets)


def _is_probe(node: ast.FunctionDef) -> bool:
    calls = [d.func if isinstance(d, ast.Call) else d for d in node.decorator_list]
    return any(isinstance(call, ast.Name) and call.id == "probe" for call in calls)


def _kept_text(
    path: Path, tree: ast.Module, wanted: Callable[[ast.stmt], bool], never: Callable[[ast.stmt], bool]
) -> str:
    """Return the wanted statements with what they need, in their order.

    Kept with them: what has an effect of its own, a docstring of the module. Comments between statements are not.
    """
    statements = [node for node in tree.body if not never(node)]
    owners: dict[str, list[ast.stmt]] = {}
    for node in statements:
        for name in _bound(node):
            owners.setdefault(name, []).append(node)
    waiting = [node for node in statements if wanted(node) or _has_effect(node)]
    kept: dict[int, ast.stmt] = {}
    used: set[str] = set()
    while waiting:
        node = waiting.pop()
        if id(node) in kept:
            continue
        kept[id(node)] = node
        for name in _loaded(node):
            used.add(name)
            waiting += owners.get(name, [])
    lines = path.read_text(encoding="utf-8").splitlines()
    parts = [(node, _text(node, lines, used)) for node in tree.body if id(node) in kept]
    return _joined([(node, text) for node, text in parts if text])


def _bound(node: ast.stmt) -> set[str]:
    """Return the names that a top-level statement binds."""
    if isinstance(node, Definition):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {_local(alias) for alias in node.names}
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _local(alias: ast.alias) -> str:
    return alias.asname or alias.name.split(".")[0]


def _loaded(node: ast.stmt) -> set[str]:
    names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    return names - ({_local(a) for a in node.names} if isinstance(node, ast.Import | ast.ImportFrom) else set())


def _has_effect(node: ast.stmt) -> bool:
    """Whether a statement does something by itself, so that it stays, whoever needs it."""
    if isinstance(node, ast.ImportFrom):
        return node.module == "__future__"
    return not isinstance(node, Definition | ast.Import | ast.Assign | ast.AnnAssign | ast.AugAssign)


def _text(node: ast.stmt, lines: list[str], used: set[str]) -> str:
    if isinstance(node, ast.Import | ast.ImportFrom) and getattr(node, "module", "") != "__future__":
        names = [alias for alias in node.names if _local(alias) in used]
        if isinstance(node, ast.Import):
            return ast.unparse(ast.Import(names=names)) if names else ""
        return ast.unparse(ast.ImportFrom(module=node.module, names=names, level=node.level)) if names else ""
    if isinstance(node, Definition):
        first, last = span(node)
        return "\n".join(lines[first - 1 : last])
    text = ast.get_source_segment("\n".join(lines), node)
    return text or ast.unparse(node)


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
    return all(isinstance(node, ast.Import | ast.ImportFrom) for node in nodes)
