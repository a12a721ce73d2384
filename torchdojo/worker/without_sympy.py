"""Let `backward` do without sympy, which it would import, for a quarter of a second, to compare two shapes.

Where a gradient is given, `torch.autograd` takes `expect_true` and `sym_eq` from the module of symbolic shapes, to see
whether the gradient has the result's shape. These shapes are symbolic only while torch compiles. So a module that has
these two functions for ordinary shapes takes its place, until anything else of it is needed.
"""

from __future__ import annotations

import importlib
import sys
from importlib.util import find_spec
from types import ModuleType
from typing import Any

NAME = "torch.fx.experimental.symbolic_shapes"


class _Deferred(ModuleType):
    """In place of a module that is imported when it is first asked for something that was not set here."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # asked of every module by those that go through all of them
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        real = _import()
        vars(self).update(expect_true=real.expect_true, sym_eq=real.sym_eq)
        return getattr(real, name)


def defer_symbolic_shapes() -> None:
    """Put the module of symbolic shapes off until it is needed for something else than `backward`. Imports torch."""
    if NAME in sys.modules:
        return
    spec = find_spec(NAME)
    if spec is None:
        return
    deferred = _Deferred(NAME, "See torchdojo.worker.without_sympy.")
    deferred.__spec__, deferred.__file__ = spec, spec.origin
    vars(deferred).update(expect_true=_expect_true, sym_eq=_sym_eq)
    sys.modules[NAME] = deferred
    package, _, last = NAME.rpartition(".")
    setattr(sys.modules[package], last, deferred)


def _import() -> ModuleType:
    """Import the module itself, in place of what stands for it."""
    if isinstance(sys.modules.get(NAME), _Deferred):
        del sys.modules[NAME]
    return importlib.import_module(NAME)


def _expect_true(a: Any, skip: int = 0) -> Any:
    return a if type(a) is bool else _import().expect_true(a, skip + 1)


def _sym_eq(x: Any, y: Any) -> Any:
    is_plain = isinstance(x, tuple) and isinstance(y, tuple) and all(type(n) is int for n in (*x, *y))
    return tuple(x) == tuple(y) if is_plain else _import().sym_eq(x, y)
