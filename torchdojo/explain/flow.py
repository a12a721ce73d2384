"""Recursion, iterators, division, a keyboard that is not there, the end of a program, text that does not parse."""

from __future__ import annotations

import ast

from torchdojo.explain.code import Method, as_code
from torchdojo.explain.known import near_name
from torchdojo.explain.rules import Raised, Rules

rules = Rules()
ASK_FOR_KEYS = ("pop", "popitem", "remove", "move_to_end", "format", "format_map", "__getitem__", "__delitem__")
DEBUGGERS = ("breakpoint", "set_trace")


@rules.on("RecursionError", r"maximum recursion depth exceeded.*", anywhere=True)
def endless_recursion(raised: Raised) -> str:
    function = raised.function
    if function is None:
        reached = raised.code.source.statements.closure([raised.exercise])
        suspects = {id(node) for statement in reached for top in statement.nodes for node in ast.walk(top)}
    else:
        suspects = {id(function)}
    for node, outer in raised.code.definitions:
        if id(node) not in suspects or not isinstance(node, Method):
            continue
        is_method = bool(outer) and isinstance(outer[-1], ast.ClassDef)
        for inside in ast.walk(node):
            if what := _calls_itself(inside, node, is_method):
                return f"`{node.name}` calls itself in line {getattr(inside, 'lineno', 0)}, again and again: {what}."
    return ""


def _calls_itself(node: ast.AST, function: Method, is_method: bool) -> str:
    """Say how a node calls the function that it is in, "" if it does not."""
    if not isinstance(node, ast.Call | ast.Attribute):
        return ""
    is_property = any(
        getattr(d, "id", getattr(d, "attr", "")) in ("property", "setter") for d in function.decorator_list
    )
    match node:
        case ast.Call(func=ast.Name(id="self")) if is_method and function.name in ("forward", "__call__"):
            return f"`self(…)` runs `{function.name}`"
        case ast.Call(func=ast.Name(id=name)) if name == function.name and not is_method:
            return "nothing ends it for these arguments"
        case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=name)) if name == function.name and is_method:
            return "nothing ends it for these arguments"
        case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr="eval")) if (
            is_method and function.name == "train"
        ):
            return "`self.eval()` is `self.train(False)`. `super().train(False)` is that of `nn.Module`"
        case ast.Attribute(value=ast.Name(id="self"), attr=name) if is_property and name == function.name:
            return f"`self.{name}` is the property itself. Keep the value under another name, as in `self._{name}`"
        case ast.Attribute(value=ast.Name(id="self")) if function.name in ("__getattr__", "__getattribute__"):
            return f"`self.…` asks `{function.name}` for what the object does not have"
    return ""


@rules.on("EOFError", r"EOF when reading a line")
def no_keyboard(raised: Raised) -> str:
    return f"`input()` in {raised.here} gets nothing: there is no keyboard in a check. Values come as arguments."


@rules.on("SystemExit", r".*")
def program_ended(raised: Raised) -> str:
    exits = [c for c in raised.code.at(raised.line, ast.Call) if as_code(c.func) in ("`exit`", "`quit`", "`sys.exit`")]
    return (
        f"{as_code(exits[0])} in {raised.here} ends the whole program. A function ends with `return`." if exits else ""
    )


@rules.on("StopIteration", r".*")
def exhausted(raised: Raised) -> str:
    return (
        f"`next(…)` in {raised.here} finds nothing left. Loop with `for`, or make a new iterator for each pass."
        if any(as_code(call.func) == "`next`" for call in raised.code.at(raised.line, ast.Call))
        else ""
    )


@rules.on("AssertionError", r".*")
def own_assert(raised: Raised) -> str:
    if not raised.code.at(raised.line, ast.Assert):
        return ""
    return f"The `assert` in {raised.here} is your own: what it claims is false for this call."


@rules.on("KeyError", r".*")
def missing_key(raised: Raised) -> str:
    subscripts = [n for n in raised.code.at(raised.line, ast.Subscript) if isinstance(n.ctx, ast.Load)]
    quoted = [text for node in subscripts if (text := as_code(node))]
    called = {getattr(call.func, "attr", "") for call in raised.code.at(raised.line, ast.Call)}
    if len(quoted) != 1 or called.intersection(ASK_FOR_KEYS):
        return ""
    return f"{quoted[0]} in {raised.here} asks a dictionary for a key that it does not have. It has to be set first."


@rules.on("ZeroDivisionError", r".*")
def divided_by_zero(raised: Raised) -> str:
    kinds = ast.Div | ast.FloorDiv | ast.Mod
    divisors = [n.right for n in raised.code.at(raised.line, ast.BinOp) if isinstance(n.op, kinds)]
    divisors += [n.value for n in raised.code.at(raised.line, ast.AugAssign) if isinstance(n.op, kinds)]
    if len(divisors) == 1 and (quoted := as_code(divisors[0])):
        return f"{raised.start} divides by {quoted}, which is 0."
    return ""


@rules.on("NotImplementedError", r"Module \[(\w+)\] is missing the required \"forward\" function", anywhere=True)
def no_forward(raised: Raised, name: str) -> str:
    owner = raised.code.classes.get(name)
    if owner is None:
        return ""
    inside = [
        (node, outer[-1])
        for node, outer in raised.code.definitions
        if node.name == "forward" and owner in outer and isinstance(outer[-1], Method)
    ]
    if inside:
        node, outer_function = inside[0]
        return (
            f"`forward` (line {node.lineno}) is indented into `{outer_function.name}`, so it is not a method of "
            f"`{name}`: move it as far left as `def {outer_function.name}`."
        )
    near = near_name("forward", raised.code.methods(owner), 0.6)
    if near:
        line = raised.code.methods(owner)[near].lineno
        return f"`{name}` has no `forward`. `{near}` in line {line} is close: rename it to `forward`."
    return f"The class `{name}` (line {owner.lineno}) has no method `forward`, which a call of the module runs."


@rules.on("NotImplementedError", r".*")
def left_to_do(raised: Raised) -> str:
    return (
        f"`raise NotImplementedError` in {raised.here} is still there."
        if raised.code.at(raised.line, ast.Raise)
        else ""
    )


def debugger_line(raised: Raised) -> int | None:
    """Return the line of the `breakpoint()` or `set_trace()` that stopped the code, None if it has none."""
    calls = (node for node in ast.walk(raised.code.tree) if isinstance(node, ast.Call))
    lines = [call.lineno for call in calls if _starts_debugger(call)]
    before = [line for line in lines if raised.line is None or line <= raised.line]
    return max(before, default=lines[0] if lines else None)


def _starts_debugger(call: ast.Call) -> bool:
    return getattr(call.func, "attr", getattr(call.func, "id", "")) in DEBUGGERS


@rules.on("BdbQuit", r".*")
def no_debugger(raised: Raised) -> str:
    line = debugger_line(raised)
    return f"`breakpoint()` in line {line} stops only under `dojo try {raised.exercise}`." if line else ""


@rules.on("IndexError", r"list index out of range|list assignment index out of range|tuple index out of range")
def beyond_the_end(raised: Raised) -> str:
    if raised.line is None:
        return ""
    return f"An index in {raised.here} is beyond the end. The first entry is number 0, so the last is `len(…) - 1`."


@rules.on("OverflowError", r"math range error")
def too_large(raised: Raised) -> str:
    return (
        f"A number in {raised.here} is too large for `math`: torch's function gives `inf` there, or subtract the "
        "largest first."
    )


@rules.on("ValueError", r"math domain error|expected a positive input.*")
def outside_domain(raised: Raised) -> str:
    return (
        f"`math` in {raised.here} is asked for what does not exist, such as the logarithm of 0 or a root of a negative."
    )


@rules.on(
    "TypeError",
    r"'float' object cannot be interpreted as an integer|(?:slice|list) indices must be integers.*",
)
def float_as_integer(raised: Raised) -> str:
    return (
        f"A float is used in {raised.here} where a whole number is needed. `/` always gives a float, `//` a whole "
        "number."
    )


@rules.on("SyntaxError", r"invalid syntax(?:: .*)?")
def plain_syntax_error(raised: Raised) -> str:
    return (
        f"Python cannot read {raised.here}. The reason may be at the end of the line above it: a bracket that is not "
        "closed, or a missing comma, operator or `:`."
    )


@rules.on(
    "SyntaxError IndentationError",
    r"(?:unexpected indent|unindent does not match any outer indentation level)(?:: .*)?",
)
def uneven_indentation(raised: Raised) -> str:
    return f"The spaces at the start of {raised.here} do not fit the lines above: each block is indented by 4 spaces."


@rules.on("SyntaxError TabError", r"inconsistent use of tabs and spaces in indentation(?:: .*)?")
def tabs_and_spaces(raised: Raised) -> str:
    return (
        f"Tabs and spaces are mixed before {raised.here}: indent with spaces only, and let your editor convert the "
        "tabs."
    )
