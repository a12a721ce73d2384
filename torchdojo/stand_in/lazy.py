"""Names of a submission that are imported before any check runs, and mean what the running check's stand-in has."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from torchdojo.worker import crossing

Resolve = Callable[[], Any]


class LazyName:
    """A name that was imported from a submission: whatever is done with it is done with what it means then."""

    __slots__ = ("_torchdojo_name", "_torchdojo_resolve")
    __array_ufunc__ = None

    def __init__(self, name: str, resolve: Resolve) -> None:
        object.__setattr__(self, "_torchdojo_name", name)
        object.__setattr__(self, "_torchdojo_resolve", resolve)

    def __getattr__(self, name: str) -> Any:
        if name in ("__name__", "__qualname__"):
            return object.__getattribute__(self, "_torchdojo_name")
        if name.startswith("_pytest") or name in ("__wrapped__", "__test__", "__signature__"):
            raise AttributeError(name)  # pytest looks at all names of a check's file
        return getattr(resolved(self), name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(resolved(self), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(resolved(self), name)

    def __repr__(self) -> str:
        return f"<{object.__getattribute__(self, '_torchdojo_name')} of the submission>"


def _forward(method: str, operation: Callable[..., Any], *, reflected: bool = False) -> None:
    def forward(self: LazyName, *args: Any, **kwargs: Any) -> Any:
        return operation(*args, resolved(self)) if reflected else operation(resolved(self), *args, **kwargs)

    setattr(LazyName, method, forward)


for _method, _operation in crossing.METHODS.items():
    if _method not in ("__repr__", "__str__", "__format__"):
        _forward(_method, crossing.OPERATIONS[_operation])
for _method, _operation in crossing.REFLECTED_METHODS.items():
    _forward(_method, crossing.OPERATIONS[_operation], reflected=True)


def resolved(value: Any) -> Any:
    """Return what a lazy name means now; any other value as it is."""
    if type(value) is not LazyName:
        return value
    submission = object.__getattribute__(value, "_torchdojo_resolve")()
    return getattr(submission, object.__getattribute__(value, "_torchdojo_name"))


class LazyModule(ModuleType):
    """A module whose names are those of the submission. find, resolve: see find_name"""

    def __init__(self, name: str, find: Resolve, resolve: Resolve) -> None:
        super().__init__(name, "The submission, while checks are loaded and run.")
        self.__dict__["_find"], self.__dict__["_resolve"] = find, resolve

    def __getattr__(self, name: str) -> Any:
        return find_name(self.__name__, name, self.__dict__["_find"], self.__dict__["_resolve"])


def find_name(module: str, name: str, find: Resolve, resolve: Resolve) -> Any:
    """Return what a module calls by this name, or a name that means it once a check runs.

    find, resolve: return the running check's stand-in; where no check runs, None, and an exception
    """
    if name == "__all__":
        raise ImportError(f"`from {module} import *` cannot know the names: name those that the checks use")
    if name.startswith("__"):
        raise AttributeError(f"module {module!r} has no attribute {name!r}")
    submission = find()
    return LazyName(name, resolve) if submission is None else getattr(submission, name)
