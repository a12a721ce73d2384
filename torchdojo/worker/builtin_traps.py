"""Trap the built-in functions that an exercise forbids: put a function of Python's in the place of each.

A built-in function has no code that could be replaced, so whoever refers to it gets another object: the modules that
bind it are given the trap, before a submission is loaded. A method of a built-in type, such as list.sort, cannot be
reached so, for such types cannot be changed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any


def is_builtin_function(value: Any) -> bool:
    """Whether a value is a function that a module written in C defines."""
    return isinstance(value, BuiltinFunctionType) and isinstance(value.__self__, ModuleType | None)


def untrapped(value: Any) -> Any:
    """Return the built-in function that a trap was put in the place of; any other value as it is."""
    return next((function for function, trap in _traps.items() if trap is value), value)


def replace_builtin(
    function: BuiltinFunctionType, code: CodeType, calling: Callable[[BuiltinFunctionType], Callable[..., Any]]
) -> None:
    """Let every module that binds a built-in function bind a trap instead, in this process and those forked from it.

    code: of a trap, which calls the constant "call"; calling: makes what is to be called for a function
    """
    if function not in _traps:
        call = calling(function)
        consts = tuple(call if constant == "call" else constant for constant in code.co_consts)
        trap = FunctionType(code.replace(co_consts=consts, co_name=function.__name__), {}, function.__name__)
        trap.__module__, trap.__doc__ = str(function.__module__), function.__doc__
        _traps[function] = trap
    for module in list(sys.modules.values()):
        names = [name for name, value in list(getattr(module, "__dict__", {}).items()) if value is function]
        for name in names:
            setattr(module, name, _traps[function])


_traps: dict[BuiltinFunctionType, FunctionType] = {}
