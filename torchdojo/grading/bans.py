"""Static bans: find calls of the library that an exercise forbids, under any alias.

What an exercise can run is followed from its definition through the module-level names it uses. Module-level statements
that may install something (assign to an attribute of a class or a module, call setattr, register a hook) count too; a
self-check that only calls and compares does not, nor does a block under `if __name__ == "__main__"`. Every name,
attribute, alias, `getattr`, `importlib.import_module`, `__import__`, `sys.modules[…]`, `vars(…)[…]` and `__dict__[…]`
in it is resolved to the library's object, and compared with the banned objects by identity, so that another path to the
same object is also found. The submission is not run.
"""

from __future__ import annotations

import ast
import builtins
import importlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any

from torchdojo.course import Exercise
from torchdojo.source.files import ParsedSource, SourceError, parse
from torchdojo.source.names import Definition, Function, Import, Scope, Statement

LIBRARY = "torch"
# What can change other code, or hide that it does.
INSTALLING_CALLS = {"setattr", "delattr", "exec", "eval", "compile", "globals", "locals", "vars", "type", "__import__"}
INSTALLING_MODULES = {"sys", "importlib", "builtins", "ctypes", "gc", "inspect", "types", "unittest", "operator"}
HARMLESS = ("__init__", "__name__", "__version__", "__len__", "__doc__")
UNKNOWN = object()


@dataclass(frozen=True)
class Violation:
    """A use of a banned name in a submission. name: what it is; line: its line"""

    name: str
    line: int


def find_violation(source: ParsedSource, exercise: Exercise) -> Violation | None:
    """Return the first use, by line, of what an exercise forbids, or None."""
    if not exercise.forbids:
        return None
    try:
        return min(_violations(source, exercise), key=lambda violation: violation.line, default=None)
    except RecursionError:
        return Violation("an expression that is nested too deeply to be read", 1)


def _violations(source: ParsedSource, exercise: Exercise) -> Iterator[Violation]:
    ban, resolver = _Ban(exercise), _Resolver(source, exercise.name)
    imported = ban.name_of(resolver.aliases.get(exercise.name, UNKNOWN))
    if imported:
        yield Violation(imported, next(n.lineno for n in ast.walk(source.tree) if isinstance(n, Import)))
    for statement in resolver.reachable:
        yield from _violations_in(statement, resolver, ban)


class _Ban:
    """The objects that an exercise forbids, and the modules that hold them."""

    def __init__(self, exercise: Exercise) -> None:
        self.allowed = {id(_resolve(name)) for name in exercise.allows}
        self.objects: dict[int, str] = {}
        self.classes: list[tuple[type, str]] = []
        self.updaters = ""
        self.modules: set[str] = set()
        for name in exercise.forbids:
            self._add(name)

    def _add(self, name: str) -> None:
        if name.endswith(".*"):
            self.updaters = name.removesuffix(".*")
            self.modules.add(self.updaters)
            return
        value = _resolve(name)
        self.objects[id(value)] = name
        self.modules.add(name.rpartition(".")[0])
        if isinstance(value, type):
            self.classes.append((value, name))

    def name_of(self, value: Any) -> str | None:
        """Return the banned name of a library object, or of a class that it derives from, or None."""
        if value is UNKNOWN or id(value) in self.allowed:
            return None
        if id(value) in self.objects:
            return self.objects[id(value)]
        if isinstance(value, type):
            for banned, name in self.classes:
                if issubclass(value, banned):
                    return name
        if self.updaters and self._computes_update(value):
            return f"{value.__module__}.{value.__qualname__}"
        return None

    def _computes_update(self, value: Any) -> bool:
        """Whether an object of a package banned as a whole is an optimizer, or a function that computes its updates."""
        module = getattr(value, "__module__", None) or ""
        inside = module == self.updaters or module.startswith(self.updaters + ".")
        if not inside or module.split(".")[-1] in ("optimizer", "lr_scheduler", "swa_utils"):
            return False
        return isinstance(value, type | FunctionType)

    def guards(self, value: Any) -> bool:
        """Whether a module, or one below it, holds a banned object: then an unresolved access to it is refused."""
        return isinstance(value, ModuleType) and any(
            name == value.__name__
            or name.startswith(f"{value.__name__}.")
            or (self.updaters and value.__name__.startswith(self.updaters))
            for name in self.modules
        )


def _resolve(dotted: str) -> Any:
    """Return the library object of a dotted name, or UNKNOWN."""
    parts = dotted.split(".")
    if parts[0] != LIBRARY:
        return UNKNOWN
    value: Any = importlib.import_module(LIBRARY)
    for index, part in enumerate(parts[1:], start=2):
        value = _attribute(value, part, ".".join(parts[:index]))
        if value is UNKNOWN:
            return UNKNOWN
    return value


def _attribute(value: Any, name: str, dotted: str = "") -> Any:
    """Return an attribute of a library object, or import it if it is a submodule; UNKNOWN if there is none."""
    found = getattr(value, name, UNKNOWN)
    if found is UNKNOWN and isinstance(value, ModuleType):
        try:
            return importlib.import_module(dotted or f"{value.__name__}.{name}")
        except (ImportError, ValueError, TypeError):
            return UNKNOWN
    return found


class _Resolver:
    """Finds what an exercise can run, and resolves the names in it to library objects.

    reachable: the statements that its definition depends on, and those that may change what it runs
    aliases: library objects by module-level name (or ".attribute"); locals: the same for each function
    """

    def __init__(self, source: ParsedSource, exercise: str) -> None:
        self.statements = source.statements
        own = [s for s in self.statements if not (isinstance(s.node, Definition) or s.is_inert)]
        self.defined = source.definitions.keys()
        self.imported = {name for statement in own for name in statement.imports}
        self.reachable = self.statements.closure([exercise], self._effects(own, exercise))
        self._kept: list[ast.AST] = []  # synthetic nodes, kept alive because homes are looked up by id
        self.aliases: dict[str, Any] = {}
        self.locals: dict[int, dict[str, Any]] = {}
        self.home: dict[int, Scope] = {}
        self.parents: dict[int, ast.AST] = {}
        walked = [pair for statement in dict.fromkeys([*own, *self.reachable]) for pair in statement.walked]
        for node, scope in walked:
            self.home[id(node)] = scope
            self.parents |= {id(child): node for child in ast.iter_child_nodes(node)}
        self._read_aliases(node for node, _ in walked)

    def _effects(self, own: list[Statement], exercise: str) -> list[Statement]:
        """Return the module's own statements that may change what an exercise runs, instead of only using it."""
        reached = set(self.statements.closure([exercise]))
        others = [s for s in self.statements if s not in reached]
        installing = [s for s in others if any(map(self._installs, _without_annotations(s.node)))]
        candidates = {s for s in own if s not in reached and not isinstance(s.node, Import)}
        return [s for s in self.statements.dependents(installing) if s in candidates]

    def _installs(self, node: ast.AST) -> bool:
        """Whether a node may replace something, or pass on a class or a module that could then be changed.

        Calling a class or a module, reading one of its attributes, and isinstance are harmless.
        """
        if isinstance(node, ast.Global | ast.Nonlocal):
            return True
        if isinstance(node, ast.Name) and node.id in INSTALLING_CALLS | INSTALLING_MODULES:
            return True
        if isinstance(node, ast.Attribute):
            return node.attr.startswith("register_") or (node.attr.startswith("__") and node.attr not in HARMLESS)
        if isinstance(node, ast.Call):
            is_test = isinstance(node.func, ast.Name) and node.func.id in ("isinstance", "issubclass")
            return not is_test and any(self._is_shared(value) for value in _arguments(node))
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Delete | ast.NamedExpr | ast.Return):
            targets = getattr(node, "targets", None) or [getattr(node, "target", None)]
            value = getattr(node, "value", None)
            changed = any(self._is_changed(t) for target in targets if target for t in ast.walk(target))
            return changed or (value is not None and self._is_shared(value))
        return isinstance(node, ast.List | ast.Tuple | ast.Dict | ast.Set) and any(
            self._is_shared(item) for item in ast.iter_child_nodes(node)
        )

    def _is_changed(self, target: ast.AST) -> bool:
        """Whether a target is an attribute or an item of something that other code uses too."""
        if not isinstance(target, ast.Attribute | ast.Subscript) or isinstance(target.ctx, ast.Load):
            return False
        root: ast.expr = target
        while isinstance(root, ast.Attribute | ast.Subscript):
            root = root.value
        return not isinstance(root, ast.Name) or root.id in self.imported or root.id in self.defined

    def _is_shared(self, node: ast.AST) -> bool:
        """Whether an expression is the name of a class, a function or a module."""
        if isinstance(node, ast.Name):
            return node.id in self.imported or node.id in self.defined
        root: ast.AST = node
        last = ""
        while isinstance(root, ast.Attribute):
            last = last or root.attr
            root = root.value
        return bool(last) and isinstance(root, ast.Name) and root.id in self.imported and last[:1].isupper()

    def makes(self, name: str) -> bool:
        """Whether the text binds a name by anything but an import."""
        return any(not isinstance(s.node, Import) and name in s.binds for s in self.statements.of(name))

    def _table(self, node: ast.AST, name: str) -> dict[str, Any]:
        """Return the known names of the scope that a name belongs to where a node uses it."""
        scope = self.home.get(id(node))
        owner = scope.owner(name) if scope else None
        if owner is None or owner.outer is None or isinstance(owner.node, ast.ClassDef):
            return self.aliases
        return self.locals.setdefault(id(owner), {})

    def _bind(self, node: ast.AST, name: str, value: Any) -> int:
        """Bind a name to a library object; return 1 if it was unknown before, else 0. The first object stays."""
        table = self._table(node, name)
        if table.get(name, UNKNOWN) is not UNKNOWN:
            return 0
        table[name] = value
        return 1

    def _read_aliases(self, nodes: Iterable[ast.AST]) -> None:
        """Bind the names of imports, and of assignments of library objects until no more are found."""
        assignments: list[tuple[ast.expr, ast.expr]] = []
        for node in nodes:
            if isinstance(node, ast.Import):
                self._import(node)
            elif isinstance(node, ast.ImportFrom):
                self._import_from(node)
            elif isinstance(node, ast.Assign):
                assignments += [(target, node.value) for target in node.targets]
            elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
                assignments.append((node.target, node.value))
            elif isinstance(node, Function):
                assignments += self._defaults(node)
        for _ in range(16):
            if not sum(self._assign(target, value) for target, value in assignments):
                break

    def _defaults(self, function: Function) -> list[tuple[ast.expr, ast.expr]]:
        """Return a function's parameters with their default values, as assignments inside it."""
        node = function.args
        plain = [*node.posonlyargs, *node.args]
        pairs = list(zip(plain[len(plain) - len(node.defaults) :], node.defaults, strict=True))
        pairs += [
            (arg, value) for arg, value in zip(node.kwonlyargs, node.kw_defaults, strict=True) if value is not None
        ]
        found: list[tuple[ast.expr, ast.expr]] = []
        inside = self.home[id(function.body[0] if isinstance(function.body, list) else function.body)]
        for argument, value in pairs:
            target = ast.Name(id=argument.arg, ctx=ast.Store())
            self.home[id(target)] = inside
            self._kept.append(target)
            found.append((target, value))
        return found

    def _import(self, node: ast.Import) -> None:
        for alias in node.names:
            root = alias.name.split(".")[0]
            if root in (LIBRARY, "importlib", "sys", "builtins"):
                whole = importlib.import_module(root) if root != LIBRARY else _resolve(root)
                _resolve(alias.name)
                value = _resolve(alias.name) if alias.asname and root == LIBRARY else whole
                self._bind(node, alias.asname or root, value)

    def _import_from(self, node: ast.ImportFrom) -> None:
        root = (node.module or "").split(".")[0]
        if node.level or root not in (LIBRARY, "importlib", "sys", "builtins"):
            return
        module = _resolve(node.module or "") if root == LIBRARY else importlib.import_module(root)
        for alias in node.names:
            if alias.name == "*":
                names = getattr(module, "__all__", None) or [n for n in dir(module) if not n.startswith("_")]
                for name in names:
                    if not self.makes(name):
                        self._bind(node, name, _attribute(module, name))
            else:
                self._bind(node, alias.asname or alias.name, _attribute(module, alias.name))

    def _assign(self, target: ast.expr, value: ast.expr) -> int:
        if isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List):
            return sum(self._assign(one, other) for one, other in zip(target.elts, value.elts, strict=False))
        found = self.value_of(value)
        if found is UNKNOWN or not _is_library(found):
            return 0
        if isinstance(target, ast.Name):
            return self._bind(target, target.id, found)
        if isinstance(target, ast.Attribute) and self.aliases.get(f".{target.attr}", UNKNOWN) is UNKNOWN:
            self.aliases[f".{target.attr}"] = found
            return 1
        return 0

    def value_of(self, node: ast.expr) -> Any:
        """Return the library object of an expression, or UNKNOWN."""
        if isinstance(node, ast.Name):
            return self._table(node, node.id).get(node.id, UNKNOWN)
        if isinstance(node, ast.Attribute):
            return self._attribute_value(node)
        if isinstance(node, ast.Call):
            return self._call_value(node)
        if isinstance(node, ast.Subscript):
            return self._item_value(node)
        if isinstance(node, ast.NamedExpr):
            return self.value_of(node.value)
        if isinstance(node, ast.BoolOp):
            return next((v for v in map(self.value_of, node.values) if v is not UNKNOWN), UNKNOWN)
        if isinstance(node, ast.IfExp):
            return next((v for v in map(self.value_of, (node.body, node.orelse)) if v is not UNKNOWN), UNKNOWN)
        return UNKNOWN

    def _attribute_value(self, node: ast.Attribute) -> Any:
        owner = self.value_of(node.value)
        if owner is UNKNOWN:
            return self.aliases.get(f".{node.attr}", UNKNOWN)
        if not isinstance(owner, ModuleType | type):
            return UNKNOWN
        found = _attribute(owner, node.attr)
        # A method of a banned class is the class at work: nn.Linear.forward(self, x).
        return owner if isinstance(owner, type) and found is not UNKNOWN else found

    def _call_value(self, node: ast.Call) -> Any:
        function = node.func
        if isinstance(function, ast.Call) and _is_named(function.func, "attrgetter") and node.args and function.args:
            owner, text = self.value_of(node.args[0]), constant_text(function.args[0])
            return _dotted(owner, text) if owner is not UNKNOWN and text else UNKNOWN
        name = (
            function.id
            if isinstance(function, ast.Name)
            else function.attr
            if isinstance(function, ast.Attribute)
            else ""
        )
        if name == "getattr" and len(node.args) >= 2:
            owner, text = self.value_of(node.args[0]), constant_text(node.args[1])
            return _dotted(owner, text) if owner is not UNKNOWN and text else UNKNOWN
        if name in ("import_module", "__import__") and node.args:
            text = constant_text(node.args[0])
            # __import__("a.b") gives a; import_module("a.b") gives a.b.
            return _resolve(text.split(".")[0] if name == "__import__" else text) if text else UNKNOWN
        if name == "partial" and node.args:
            return self.value_of(node.args[0])
        if name == "vars" and node.args:
            return self.value_of(node.args[0])
        if name == "type" and len(node.args) == 1 and isinstance(node.args[0], ast.Call):
            return self.value_of(node.args[0].func)
        return UNKNOWN

    def _item_value(self, node: ast.Subscript) -> Any:
        """Resolve `sys.modules["torch.nn"]`, `vars(nn)["Linear"]` or `nn.__dict__["Linear"]`."""
        text = constant_text(node.slice)
        if not text:
            return UNKNOWN
        if isinstance(node.value, ast.Attribute) and node.value.attr == "modules":
            return _resolve(text)
        holder = node.value
        if isinstance(holder, ast.Attribute) and holder.attr == "__dict__":
            holder = holder.value
        owner = self.value_of(holder)
        return _attribute(owner, text) if isinstance(owner, ModuleType) else UNKNOWN


def _is_named(function: ast.expr, name: str) -> bool:
    """Whether a function has this name, alone or as an attribute."""
    return name == (function.id if isinstance(function, ast.Name) else getattr(function, "attr", ""))


def _dotted(owner: Any, text: str) -> Any:
    for part in text.split("."):
        owner = _attribute(owner, part)
        if owner is UNKNOWN:
            return UNKNOWN
    return owner


def _is_library(value: Any) -> bool:
    name = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
    return callable(value) or (isinstance(name, str) and name.split(".")[0] in (LIBRARY, "importlib", "sys"))


def _arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def _without_annotations(statement: ast.stmt) -> Iterator[ast.AST]:
    """Walk a statement without its annotations and base classes, which change nothing."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        yield node
        skipped = {id(getattr(node, "annotation", None)), id(getattr(node, "returns", None))}
        skipped |= {id(base) for base in getattr(node, "bases", [])}
        waiting += [child for child in ast.iter_child_nodes(node) if id(child) not in skipped]


def constant_text(node: ast.expr) -> str | None:
    """Return the text of a constant expression, literals joined by + or in an f-string; else None."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = constant_text(node.left), constant_text(node.right)
        return None if left is None or right is None else left + right
    if isinstance(node, ast.JoinedStr):
        parts = [constant_text(v.value if isinstance(v, ast.FormattedValue) else v) for v in node.values]
        return None if None in parts else "".join(part for part in parts if part)
    return None


def _violations_in(statement: Statement, resolver: _Resolver, ban: _Ban) -> Iterator[Violation]:
    for node, _ in statement.walked:
        if not isinstance(node, ast.expr):
            continue
        name = ban.name_of(resolver.value_of(node)) if isinstance(node, _NAMING) else None
        if name:
            yield Violation(name, node.lineno)
        if isinstance(node, ast.Call):
            yield from _hidden(node, resolver, ban)
        yield from _reflected(node, resolver, ban)


_NAMING = (ast.Name, ast.Attribute, ast.Call, ast.Subscript)


def _reflected(node: ast.expr, resolver: _Resolver, ban: _Ban) -> Iterator[Violation]:
    """Find access by reflection: __subclasses__, and a module's dictionary read with a computed name."""
    if isinstance(node, ast.Attribute) and node.attr == "__subclasses__":
        yield Violation("__subclasses__, which finds classes without their names,", node.lineno)
    if isinstance(node, ast.Attribute) and node.attr == "__dict__" and ban.guards(resolver.value_of(node.value)):
        yield from _unless_read(node, resolver)
    looks = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("vars", "dir")
    if looks and isinstance(node, ast.Call) and node.args and ban.guards(resolver.value_of(node.args[0])):
        yield from _unless_read(node, resolver)


def _unless_read(node: ast.expr, resolver: _Resolver) -> Iterator[Violation]:
    """Report a module's dictionary unless it is read with a literal name."""
    reader = resolver.parents.get(id(node))
    if not (isinstance(reader, ast.Subscript) and constant_text(reader.slice)):
        yield Violation("a module's dictionary, read with names that cannot be seen,", node.lineno)


def _hidden(node: ast.Call, resolver: _Resolver, ban: _Ban) -> Iterator[Violation]:
    """Find access by a computed name: getattr on a guarded module, attrgetter, eval and exec."""
    if isinstance(node.func, ast.Call) and _is_named(node.func.func, "attrgetter") and node.args:
        texts = [constant_text(argument) for argument in node.func.args]
        if None in texts and ban.guards(resolver.value_of(node.args[0])):
            yield Violation("an attrgetter whose name cannot be read", node.lineno)
    if not isinstance(node.func, ast.Name):
        return
    name = node.func.id
    if name == "getattr" and len(node.args) >= 2 and not resolver.makes(name):
        if constant_text(node.args[1]) is None and ban.guards(resolver.value_of(node.args[0])):
            yield Violation("a getattr whose name cannot be read", node.lineno)
    elif name in ("eval", "exec") and node.args and hasattr(builtins, name):
        text = constant_text(node.args[0])
        if text is None:
            yield Violation(f"{name} of a text that cannot be read", node.lineno)
            return
        try:
            inner = parse(text.encode())
        except SourceError:
            return
        for found in _violations_in(Statement(*inner.body), resolver, ban) if inner.body else ():
            yield Violation(found.name, node.lineno)
