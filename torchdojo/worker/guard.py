"""Keep a submission from what its exercise forbids, whatever road leads there.

While an exercise is asked, what it forbids refuses by itself: the code of each forbidden Python function asks here
before it runs, torch's dispatcher refuses the forbidden operators, and a module that holds a forbidden one is noticed
when it is called. While a submission is loaded it may use everything, to compare its own work with the library's.
"""

from __future__ import annotations

import builtins
import contextlib
import functools
import importlib
import inspect
import linecache
import pkgutil
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import BuiltinFunctionType, CodeType, FunctionType, MethodDescriptorType, WrapperDescriptorType
from typing import Any, NoReturn

from torchdojo.worker.builtin_traps import is_builtin_function, replace_builtin, untrapped
from torchdojo.worker.library_in_use import library
from torchdojo.worker.modules import run_statements

ALL = ".*"  # at the end of a name: every function and class that this module, or a module of this package, defines
LONG_CODE = 100  # bytes of code that no two functions share by chance
COPY = "a copy of "


class Forbidden(Exception):
    """Raised in a submission where it uses what its exercise forbids."""


@dataclass(frozen=True)
class Ban:
    """What an exercise forbids, each with its name: functions of Python and of C, module classes, torch's operators."""

    functions: dict[FunctionType, str] = field(default_factory=dict)
    modules: dict[type, str] = field(default_factory=dict)
    operators: dict[str, str] = field(default_factory=dict)
    builtins: dict[BuiltinFunctionType, str] = field(default_factory=dict)

    def knows(self, name: str) -> bool:
        """Whether this is the name of something that it forbids, or of a copy."""
        forbidden = (self.functions, self.modules, self.operators, self.builtins)
        known = {known for names in forbidden for known in names.values()}
        return name.removeprefix(COPY) in known

    def add(self, name: str, value: Any) -> None:
        """Forbid an object. ValueError if that is not possible."""
        functions = _functions_of(value)
        is_module = library().is_module_class(value)
        operators = library().operators(name, value)
        is_builtin = not operators and is_builtin_function(value)
        if not (functions or is_module or operators or is_builtin):
            if isinstance(value, MethodDescriptorType | WrapperDescriptorType):
                raise ValueError(f"{name} cannot be forbidden: Python has no way to watch a method of a built-in type")
            raise ValueError(f"{name} cannot be forbidden: it is neither a function of Python nor an operator of torch")
        self.functions.update(dict.fromkeys(functions, name))
        self.operators.update(dict.fromkeys(operators, name))
        self.modules.update({value: name} if is_module else {})
        self.builtins.update({value: name} if is_builtin else {})


@functools.cache
def resolve(forbids: tuple[str, ...], allows: tuple[str, ...] = ()) -> Ban:
    """Return what these names forbid. ValueError if a name is that of nothing, or of what cannot be forbidden."""
    ban = Ban()
    allowed = {id(value) for name in allows for value in _objects(name).values()}
    for name in forbids:
        for label, value in _objects(name).items():
            if id(value) not in allowed:
                ban.add(label, value)
    return ban


def _objects(name: str) -> dict[str, Any]:
    """Return what a name stands for; with ".*" also the fused kernels: torch._fused_sgd_ belongs to torch.optim.sgd."""
    try:
        if not name.endswith(ALL):
            is_builtin = hasattr(builtins, name.partition(".")[0])
            return {name: untrapped(pkgutil.resolve_name(f"builtins:{name}" if is_builtin else name))}
        package = importlib.import_module(name.removesuffix(ALL))
        inside = pkgutil.iter_modules(getattr(package, "__path__", []), f"{package.__name__}.")
        modules = [package, *(importlib.import_module(module.name) for module in inside)]
    except (ImportError, AttributeError, ValueError):
        raise ValueError(f"{name} does not exist") from None
    found: dict[str, Any] = {}
    for module in modules:
        for key, bound in vars(module).items():
            value = untrapped(bound)
            is_own = getattr(value, "__module__", None) in (module.__name__, f"_{module.__name__}")
            if is_builtin_function(value) and is_own and not key.startswith("_"):
                found[f"{module.__name__}.{key}"] = value
            if isinstance(value, type | FunctionType) and value.__module__ == module.__name__ and _functions_of(value):
                owner = package if getattr(package, key, None) is value else module
                found[f"{owner.__name__}.{key}"] = value
        found |= library().fused_kernels(module.__name__)
    return found


def _functions_of(value: Any) -> list[FunctionType]:
    """Return a function, or those that a class defines, and what their decorators wrap."""
    found = []
    for member in vars(value).values() if isinstance(value, type) else [value]:
        inner = getattr(member, "__func__", None) or getattr(member, "fget", None) or member
        while isinstance(inner, FunctionType) and inner.__module__.startswith(value.__module__):
            found.append(inner)
            inner = getattr(inner, "__wrapped__", None)
    return found


class Guard:
    """Guards what one request may not use, in this process, from when it is made until the next one is.

    used: the first use that was seen: what, and the submission's line, if known, with its text
    """

    def __init__(self, ban: Ban, filename: str) -> None:
        self.ban = ban
        self.filename = filename
        self.used: tuple[str, int | None, str] | None = None
        self.is_on = False
        set_traps(ban)
        self._copied = {_identity(_codes[f]): name for f, name in ban.functions.items() if _is_distinctive(f)}
        _guards[:] = [self]

    def refuse(self, name: str) -> NoReturn:
        """Note a use, for good, and raise Forbidden."""
        frames = traceback.walk_stack(sys._getframe(1))
        line = next((number for frame, number in frames if frame.f_code.co_filename == self.filename), None)
        self.used = self.used or (name, line, linecache.getline(self.filename, line or 0).strip()[:300])
        raise Forbidden(f"{name} is used, which is forbidden here")

    def is_calling(self) -> bool:
        """Whether the submission's code is being run, and not only that of a probe."""
        frames = traceback.walk_stack(sys._getframe(1))
        return any(frame.f_code.co_filename == self.filename for frame, _ in frames)

    def refuse_copy(self, code: CodeType) -> None:
        """Refuse code that is, or holds, a forbidden function's own."""
        waiting = [code] if self._copied else []
        for here in waiting:
            if _identity(here) in self._copied:
                self.refuse(COPY + self._copied[_identity(here)])
            waiting += [constant for constant in here.co_consts if isinstance(constant, CodeType)]

    @contextlib.contextmanager
    def asking(self) -> Iterator[None]:
        """Refuse what is forbidden."""
        with library().refusing(self.ban.operators, self.ban.modules, self.refuse):
            self.is_on = True
            try:
                yield
            finally:
                self.is_on = False


_guards: list[Guard] = []  # the one that guards now
_codes: dict[FunctionType, CodeType] = {}  # what each function with a trap did before
_engine_code = {run_statements.__code__}  # which may run any code


def set_traps(ban: Ban) -> None:
    """Let each function of a ban ask the guard before it does what it did, in this process and those forked from it.

    One of Python's stays the same object, and every road leads to it. One of C is replaced wherever a module binds it.
    """
    for builtin in ban.builtins:
        replace_builtin(builtin, _trap(0), _call_builtin)
    if ban.functions and not _codes:
        sys.addaudithook(_on_event)
    for function in ban.functions.keys() - _codes.keys():
        code = _codes[function] = function.__code__
        trap = _trap(len(code.co_freevars))
        function.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
        call = _call(function)
        function.__code__ = trap.replace(
            co_consts=tuple(call if constant == "call" else constant for constant in trap.co_consts),
            co_name=code.co_name,
            co_qualname=code.co_qualname,
            co_filename=code.co_filename,
            co_firstlineno=code.co_firstlineno,
        )


def _call(function: FunctionType) -> Any:
    """Return what calls a function as it was, unless that is forbidden now."""
    code, keywords = function.__code__, function.__kwdefaults__
    rest = function.__globals__, function.__name__, function.__defaults__, function.__closure__

    def call(*args: Any, **kwargs: Any) -> Any:
        for guard in _guards:
            if guard.is_on and function in guard.ban.functions:
                guard.refuse(guard.ban.functions[function])
        original = FunctionType(code, *rest)  # made for the call, so that nobody finds it
        original.__kwdefaults__ = keywords
        return original(*args, **kwargs)

    _engine_code.add(call.__code__)
    return call


def _call_builtin(function: BuiltinFunctionType) -> Any:
    """Return what calls a built-in function, unless it is forbidden now and the submission is what calls it."""

    def call(*args: Any, **kwargs: Any) -> Any:
        for guard in _guards:
            if guard.is_on and function in guard.ban.builtins and guard.is_calling():
                guard.refuse(guard.ban.builtins[function])
        return function(*args, **kwargs)

    return call


@functools.cache
def _trap(cells: int) -> CodeType:
    """Return the code of a function with so many closed-over variables that passes its arguments on to "call"."""
    names = ", ".join(f"v{number}" for number in range(cells))
    lines = f"def outer({names}):", "def trap(*args, **kwargs):", "return 'call'.__call__(*args, **kwargs)", names, ""
    space: dict[str, Any] = {}
    exec("{}\n {}\n  {}\n  {}\n return trap".format(*lines), space)
    code: CodeType = space["outer"](*range(cells)).__code__
    return code


def _identity(code: CodeType) -> tuple[bytes, tuple[str, ...]]:
    return code.co_code, code.co_names


def _is_distinctive(function: FunctionType) -> bool:
    """Whether a function's code is long, and its own: not that of a decorator from elsewhere."""
    code, module = _codes[function], sys.modules.get(function.__module__)
    return len(code.co_code) > LONG_CODE and code.co_filename == getattr(module, "__file__", None)


def _on_event(event: str, args: tuple[Any, ...]) -> None:
    """Look at code that is run by hand, made a function, or put into one."""
    if event in ("exec", "function.__new__", "object.__setattr__"):
        code = args[-1] if event == "object.__setattr__" and args[1] == "__code__" else args[0]
        if isinstance(code, CodeType) and sys._getframe(1).f_code not in _engine_code:
            for guard in _guards:
                guard.refuse_copy(code)
