"""Extract the public checks and their probes, with everything that they need and nothing else."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from pathlib import Path

from torchdojo.course import CourseError, parse_course_file
from torchdojo.source.files import ParsedSource, span
from torchdojo.source.names import Assignment, Definition, Import, Statement, Statements, local_name

PROBES = "probes.py"
# Files of a chapter that no check reads, or that a release writes itself.
OF_THE_ENGINE = ("calibration.json", "equivalent.json", "not_checked.toml", "recorded.bin")
Test = Callable[[ast.stmt], bool]


def extract_public_checks(path: Path) -> str | None:
    """Return the text of a check file with only its public checks, None if it has none. CourseError if it is broken."""
    source = parse_course_file(path)
    all_public = any(_is_pytestmark(node) and "public" in _marks(node) for node in source.tree.body)

    def is_public(node: ast.stmt) -> bool:
        return _is_check(node) and (all_public or any("public" in _marks(mark) for mark in _decorators(node)))

    for node in source.tree.body:
        if isinstance(node, ast.ClassDef) and _is_check(node) and not is_public(node):
            public = next((n for n in node.body if "public" in {m for d in _decorators(n) for m in _marks(d)}), None)
            if public is not None:
                message = f"a release takes {node.name} as a whole: mark the class public, and move its hidden checks"
                raise CourseError(path, message, line=public.lineno)
    checks = list(filter(is_public, source.tree.body))
    if not checks:
        return None
    fixtures = _fixtures_of(checks, source.tree)
    return _kept_text(
        source,
        wanted=lambda node: is_public(node) or _is_pytestmark(node) or getattr(node, "name", "") in fixtures,
        left_out=lambda node: _is_check(node) and not is_public(node),
    )


def extract_conftest(path: Path, texts: Iterable[str]) -> str:
    """Return the text of a conftest.py with its hooks, and of its fixtures those that these texts ask for."""
    source = parse_course_file(path)
    fixtures = _fixtures_of([node for text in texts for node in ast.parse(text).body], source.tree)

    def is_wanted(node: ast.stmt) -> bool:
        return getattr(node, "name", "") in fixtures or getattr(node, "name", "").startswith("pytest_")

    return _kept_text(source, is_wanted, lambda node: "fixture" in _decorator_names(node) and not is_wanted(node))


def extract_helpers(texts: Iterable[tuple[Path, str]]) -> dict[Path, str]:
    """Return what texts import from files beside them or in the folder above, by file. texts: each with its folder"""
    wanted: dict[Path, set[str]] = {}
    waiting = list(texts)
    for here, text in waiting:
        for node in ast.walk(ast.parse(text)):
            for path, name in _relative_imports(here, node):
                if path.name == PROBES or name in wanted.setdefault(path, set()):
                    continue
                wanted[path].add(name)
                waiting.append((path.parent, _helper_text(path, wanted[path])))
    return {path: _helper_text(path, names) for path, names in wanted.items() if names}


def _relative_imports(folder: Path, node: ast.AST) -> Iterable[tuple[Path, str]]:
    """Yield the files, and the names in them, that a statement imports relatively; "" for all of a file."""
    if isinstance(node, ast.ImportFrom) and node.level in (1, 2):
        home = folder if node.level == 1 else folder.parent
        for alias in node.names:
            path = home / f"{(node.module or alias.name).replace('.', '/')}.py"
            if path.is_file():
                yield path, alias.name if node.module and alias.name != "*" else ""


def _helper_text(path: Path, names: set[str]) -> str:
    source = parse_course_file(path)
    return source.text if "" in names else extract_needed(source, names)


def find_data_files(folder: Path, texts: Iterable[str]) -> list[Path]:
    """Return the files in a folder, or in the one above, that texts name."""
    strings = {
        node.value
        for text in texts
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "\0" not in node.value
    }
    named = {home / s for s in strings for home in (folder, folder.parent) if s and len(s) < 200 and ".." not in s}
    return sorted(p for p in named if p.suffix != ".py" and p.name not in OF_THE_ENGINE and p.is_file())


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
    autouse = [n for n in defined.values() if any(k.arg == "autouse" for d in n.decorator_list for k in _keywords(d))]
    found = {node.name for node in autouse}
    waiting: list[ast.stmt] = [*checks, *autouse]
    for node in waiting:
        for name in sorted(_asked_for(node) & defined.keys() - found):
            found.add(name)
            waiting.append(defined[name])
    return found


def _keywords(decorator: ast.expr) -> list[ast.keyword]:
    return decorator.keywords if isinstance(decorator, ast.Call) else []


def _asked_for(node: ast.AST) -> set[str]:
    """Return what may be names of fixtures: the arguments of functions, and texts, as usefixtures has them."""
    functions = [n for n in ast.walk(node) if isinstance(n, ast.FunctionDef)]
    arguments = {argument.arg for function in functions for argument in function.args.args}
    return arguments | {n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def _decorator_names(node: ast.stmt) -> set[str]:
    """Return the names in a definition's decorators: pytest and fixture of @pytest.fixture."""
    parts = [part for decorator in _decorators(node) for part in ast.walk(decorator)]
    return {part.attr for part in parts if isinstance(part, ast.Attribute)} | {
        part.id for part in parts if isinstance(part, ast.Name)
    }


def _is_pytestmark(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "pytestmark" for t in node.targets)


def _is_check(node: ast.stmt) -> bool:
    if isinstance(node, ast.ClassDef):
        return node.name.startswith("Test")
    return isinstance(node, ast.FunctionDef) and node.name.startswith("test_")


def _is_probe(node: ast.stmt) -> bool:
    calls = [d.func if isinstance(d, ast.Call) else d for d in _decorators(node)]
    return any(isinstance(call, ast.Name) and call.id == "probe" for call in calls)


def _decorators(node: ast.stmt) -> list[ast.expr]:
    return node.decorator_list if isinstance(node, ast.FunctionDef | ast.ClassDef) else []


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
