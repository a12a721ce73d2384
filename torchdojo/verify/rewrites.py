"""Rewrite code so that it means the same: what the variants of a known mistake are made of.

Every rewrite holds for tensors and numbers alike. Where it needs more than the code shows, such as that a `+` does not
join lists, it is left out. Results may differ in the last bits, or in the sign of a zero.
"""

from __future__ import annotations

import ast
import copy
import random
from collections.abc import Callable, Iterator
from typing import Any

from torchdojo.source.names import Definition

Rewrite = Callable[[ast.expr], Iterator[ast.expr]]
NOT_TENSORS = {"torch", "F", "nn", "math", "random", "self", "cls", "copy", "functional", "itertools"}
# Functions of tensors and numbers that change nothing, so that they can be called in another order, or twice.
FLOATS = {
    "exp",
    "log",
    "sqrt",
    "sigmoid",
    "softmax",
    "log_softmax",
    "float",
    "double",
    "rsqrt",
    "tanh",
    "log1p",
    "softplus",
}
PURE = FLOATS | {
    "sum",
    "mean",
    "abs",
    "len",
    "numel",
    "square",
    "pow",
    "clamp",
    "matmul",
    "relu",
    "neg",
    "argmax",
    "size",
}
UNARY = {"exp", "log", "sqrt", "sigmoid", "abs", "square", "tanh", "neg", "sum", "mean"}
WITH_DIM = {"sum", "mean", "argmax", "softmax", "log_softmax", "unsqueeze", "squeeze"}
CASTS = {"float": "float32", "double": "float64", "long": "int64", "half": "float16"}
POSITIONAL = {
    "Linear": ("in_features", "out_features"),
    "Conv2d": ("in_channels", "out_channels", "kernel_size"),
    "max_pool2d": ("input", "kernel_size"),
    "avg_pool2d": ("input", "kernel_size"),
    "relu": ("input",),
    "cross_entropy": ("input", "target"),
    "zeros_like": ("input",),
}
MIRRORED = {ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE, ast.Eq: ast.Eq, ast.NotEq: ast.NotEq}


def parse(template: str, **parts: ast.expr) -> ast.expr:
    """Return an expression with these parts in the place of the names that stand for them."""

    class Filler(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            return copy.deepcopy(parts[node.id]) if node.id in parts else node

    filled: ast.expr = Filler().visit(ast.parse(template, mode="eval").body)
    return filled


def _called(node: ast.AST) -> str:
    """Return the last name of a function that is called, or "" if nothing is called."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _is_of(node: ast.Call, *modules: str) -> bool:
    """Whether it is a function of one of these modules that is called."""
    return isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) in modules


def _is_pure(node: ast.expr) -> bool:
    below = list(ast.walk(node))
    calls = all(_called(n) in PURE for n in below if isinstance(n, ast.Call))
    return calls and not any(isinstance(n, ast.NamedExpr | ast.Await | ast.Yield | ast.YieldFrom) for n in below)


def _may_swap(a: ast.expr, b: ast.expr) -> bool:
    """Whether it does not matter which of two expressions is evaluated first."""
    plain = (isinstance(n, ast.Name | ast.Constant) for n in (a, b))
    return (_is_pure(a) and _is_pure(b)) or any(plain)


def _is_float(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=float()) | ast.BinOp(op=ast.Div()):
            return True
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _is_float(operand)
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult(), right=right):
            return _is_float(left) or _is_float(right)
    return _called(node) in FLOATS


def _is_number(node: ast.expr) -> bool:
    """Whether an expression is certainly a number or a tensor."""
    match node:
        case ast.Constant(value=value):
            return isinstance(value, int | float) and not isinstance(value, bool)
        case ast.UnaryOp(op=ast.USub()) | ast.BinOp(op=ast.Pow() | ast.Div() | ast.MatMult()):
            return True
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub(), right=right):
            return _is_number(left) or _is_number(right)
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return _is_float(left) or _is_float(right) or (_is_number(left) and _is_number(right))
    return _called(node) in PURE


def draws(node: ast.expr) -> Iterator[ast.expr]:
    """Yield other forms of a draw, which follow the same distribution."""
    match node:
        case ast.Compare(left=ast.Call() as u, ops=[op], comparators=[p]) if _is_of(u, "torch") and _is_pure(p):
            yield from _comparisons(u, op, p)
        case ast.Compare(left=ast.Call() as u, ops=[op], comparators=[p]) if ast.unparse(u) == "random.random()":
            if isinstance(op, ast.Lt | ast.LtE):
                yield parse("u >= 1 - p", u=u, p=p)
        case ast.Call(args=[size]) if _called(node) == "randperm" and _is_of(node, "torch") and not node.keywords:
            yield parse("torch.rand(n).argsort()", n=size)
            yield parse("u.flip(0)", u=node)
        case ast.Call(args=[low, high, _]) if _called(node) == "randint" and _is_of(node, "torch"):
            if _is_pure(low) and _is_pure(high):
                yield parse("low + high - 1 - u", u=node, low=low, high=high)
        case ast.Call() if _called(node) == "randn" and _is_of(node, "torch"):
            yield from _normals(node)


def _comparisons(u: ast.Call, op: ast.cmpop, p: ast.expr) -> Iterator[ast.expr]:
    if _called(u) not in ("rand", "rand_like"):
        return
    if isinstance(op, ast.Gt | ast.GtE):
        yield parse("u < 1 - p", u=u, p=p)
    elif isinstance(op, ast.Lt | ast.LtE):
        yield parse("u >= 1 - p", u=u, p=p)
        yield parse("torch.floor(u + p).bool()", u=u, p=p)
        yield parse("torch.bernoulli(torch.full_like(u, float(p))).bool()", u=u, p=p)


def _normals(node: ast.Call) -> Iterator[ast.expr]:
    if not any(keyword.arg == "generator" for keyword in node.keywords):
        yield parse("-z", z=node)
    empty = copy.deepcopy(node)
    empty.func = ast.parse("torch.empty", mode="eval").body
    given = [keyword for keyword in empty.keywords if keyword.arg == "generator"]
    empty.keywords = [keyword for keyword in empty.keywords if keyword.arg != "generator"]
    filled = parse("empty.normal_()", empty=empty)
    assert isinstance(filled, ast.Call)
    filled.keywords = given
    yield filled


def orders(node: ast.expr) -> Iterator[ast.expr]:
    """Yield other orders of the same operations."""
    match node:
        case ast.BinOp(left=a, op=ast.Add(), right=b) if _is_number(a) or _is_number(b):
            if _may_swap(a, b):
                yield parse("b + a", a=a, b=b)
            if isinstance(a, ast.BinOp) and isinstance(a.op, ast.Add) and _is_number(a):
                yield parse("x + (y + b)", x=a.left, y=a.right, b=b)
        case ast.BinOp(left=a, op=ast.Mult(), right=b) if _may_swap(a, b):
            yield parse("b * a", a=a, b=b)
        case ast.BinOp(left=a, op=ast.Sub(), right=b) if _is_number(a) or _is_number(b):
            yield parse("a + -b", a=a, b=b)
            if _may_swap(a, b):
                yield parse("-(b - a)", a=a, b=b)
        case ast.BinOp(left=a, op=ast.Pow(), right=ast.Constant(value=2)) if _is_pure(a):
            yield parse("a * a", a=a)
        case ast.Call(func=ast.Attribute(value=a, attr="mean"), args=[], keywords=[]) if _is_float(a) and _is_pure(a):
            yield parse("a.sum() / a.numel()", a=a)


def spellings(node: ast.expr) -> Iterator[ast.expr]:
    """Yield other spellings of the same call."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="torch"), attr=name), args=[x, *rest]):
            is_plain = name in UNARY and not rest
            if (is_plain or name in WITH_DIM) and not any(isinstance(a, ast.Starred) for a in node.args):
                yield ast.Call(ast.Attribute(x, name), rest, node.keywords)
        case ast.Call(func=ast.Attribute(value=x, attr=name), args=args) if ast.unparse(x) not in NOT_TENSORS:
            if (name in UNARY and not args) or (name in WITH_DIM and (args or node.keywords) and _are_plain(node)):
                yield ast.Call(parse(f"torch.{name}"), [x, *args], node.keywords)
            if name in CASTS and not args:
                yield parse(f"x.to(torch.{CASTS[name]})", x=x)
            if name == "size" and len(args) == 1:
                yield parse("x.shape[i]", x=x, i=args[0])
        case ast.BinOp(left=a, op=ast.MatMult(), right=b):
            yield parse("torch.matmul(a, b)", a=a, b=b)
        case ast.Compare(left=a, ops=[op], comparators=[b]) if type(op) in MIRRORED and _may_swap(a, b):
            yield ast.Compare(b, [MIRRORED[type(op)]()], [a])
    if isinstance(node, ast.Call):
        yield from _arguments(node)


def _are_plain(call: ast.Call) -> bool:
    """Whether all arguments are numbers and the like, so that it is a tensor's method and not a layer's call."""
    values = [*call.args, *(keyword.value for keyword in call.keywords)]
    return not any(isinstance(n, ast.Name | ast.Call | ast.Starred) for value in values for n in ast.walk(value))


def _arguments(call: ast.Call) -> Iterator[ast.expr]:
    """Yield a call with its dim by position, or with its first arguments by name."""
    name = _called(call)
    if name in WITH_DIM and [k.arg for k in call.keywords] == ["dim"]:
        is_method = isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) not in NOT_TENSORS
        if len(call.args) == (0 if is_method else 1):
            yield ast.Call(call.func, [*call.args, call.keywords[0].value], [])
    names = POSITIONAL.get(name, ())
    is_known = call.args and len(call.args) <= len(names) and _is_of(call, "nn", "F", "torch")
    if is_known and not any(isinstance(a, ast.Starred) for a in call.args):
        given = [ast.keyword(n, a) for n, a in zip(names, call.args, strict=False)]
        yield ast.Call(call.func, [], [*given, *call.keywords])


class Rewriter(ast.NodeTransformer):
    """Rewrites a share of the expressions of a definition, drawn from a generator; `changes` counts them.

    Annotations, decorators, defaults, formatted texts and exceptions are left alone.
    """

    def __init__(self, rewrite: Rewrite, generator: random.Random, share: float) -> None:
        self.rewrite = rewrite
        self.generator = generator
        self.share = share
        self.changes = 0

    def visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.arguments | ast.Raise | ast.JoinedStr):
            return node
        if isinstance(node, Definition):
            node.body = [self.visit(child) for child in node.body]  # type: ignore[misc]
            return node
        node = self.generic_visit(node)
        if isinstance(node, ast.expr):
            found = list(self.rewrite(node))
            if found and self.generator.random() < self.share:
                self.changes += 1
                return ast.fix_missing_locations(self.generator.choice(found))
        return node


class Splitter(ast.NodeTransformer):
    """Renames a share of each function's variables, and gives parts of statements a name of their own.

    module_names: what the module binds, which is left alone
    """

    def __init__(self, generator: random.Random, share: float, module_names: frozenset[str]) -> None:
        self.generator = generator
        self.share = share
        self.module_names = module_names
        self.changes = 0

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        taken = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} | {a.arg for a in _parameters(node)}
        self._rename(node, taken)
        node.body = self._split(node.body, taken)
        return node

    def _rename(self, node: ast.FunctionDef, taken: set[str]) -> None:
        new = {}
        for name in sorted(_variables(node) - self.module_names):
            if self.generator.random() < self.share:
                new[name] = _fresh(f"the_{name}", taken)
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name) and inner.id in new:
                inner.id = new[inner.id]
        self.changes += len(new)

    def _split(self, body: list[ast.stmt], taken: set[str]) -> list[ast.stmt]:
        result: list[ast.stmt] = []
        for statement in body:
            for field in ("body", "orelse", "finalbody"):
                inner = getattr(statement, field, None)
                if inner and not isinstance(statement, Definition):
                    setattr(statement, field, self._split(inner, taken))
            first = _first_part(statement)
            if first is not None and self.generator.random() < self.share:
                name = _fresh("result" if isinstance(statement, ast.Return) else "part", taken)
                result.append(ast.Assign([ast.Name(name, ast.Store())], first))
                statement = _with_name(statement, first, name)
                self.changes += 1
            result.append(statement)
        return [ast.fix_missing_locations(statement) for statement in result]


def _parameters(node: ast.AST) -> Iterator[ast.arg]:
    yield from (n for n in ast.walk(node) if isinstance(n, ast.arg))


def _variables(node: ast.FunctionDef) -> set[str]:
    """Return the variables of a function that can be renamed wherever they appear in it."""
    below = list(ast.walk(node))
    if any(isinstance(n, ast.Global | ast.Nonlocal | ast.ClassDef) for n in below):
        return set()
    stored = {n.id for n in below if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    others = {n.name for n in below if isinstance(n, Definition)} | {a.arg for a in _parameters(node)}
    others |= {
        alias.asname or alias.name for n in below if isinstance(n, ast.Import | ast.ImportFrom) for alias in n.names
    }
    return stored - others


def _fresh(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def _first_part(statement: ast.stmt) -> ast.expr | None:
    """Return a part of a statement's value that is evaluated before all else in it."""
    if not isinstance(statement, ast.Return | ast.Assign) or statement.value is None:
        return None
    value = statement.value
    if isinstance(statement, ast.Return) and isinstance(value, ast.BinOp | ast.Call | ast.Subscript):
        return value
    while True:
        match value:
            case ast.Call(func=ast.Attribute(value=part)) if not isinstance(part, ast.Name | ast.Attribute):
                value = part
            case ast.Call(func=ast.Attribute(value=ast.Name()), args=[part, *_]):
                value = part
            case ast.BinOp(left=part):
                value = part
            case _:
                return None
        if isinstance(value, ast.Call | ast.BinOp) and ast.unparse(value) != "super()":
            return value


def _with_name(statement: ast.stmt, part: ast.expr, name: str) -> ast.stmt:
    class Namer(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> Any:
            return ast.Name(name, ast.Load()) if node is part else self.generic_visit(node)

    named: ast.stmt = Namer().visit(statement)
    return named
