"""What stands for an object of a submission: whatever is done with it is done in the sandbox."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

import torch
from torch import nn

from torchdojo.stand_in.memory import Lease
from torchdojo.worker import crossing

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_WORDS = 100  # characters that say how an object came about


class Asks(Protocol):
    """Takes steps with objects of a submission."""

    def do(self, operation: str, target: Link, *args: Any, **kwargs: Any) -> Any:
        """Take a step, and return its value."""

    def attribute(self, owner: Link, name: str) -> Any:
        """Return an attribute."""


@dataclass(eq=False)
class Link:
    """What is known of an object of a submission.

    words: how it came about, in the learner's words; kind, methods: the reference's; name: of its class, or its own
    class_key: what identifies its class; method: of a method, its owner and its name
    kinds_agree: whether the submission's object is of that kind, too; value: the reference's object
    """

    asks: Asks
    lease: Lease
    words: str
    kind: str
    name: str
    methods: frozenset[str]
    class_key: Any
    method: tuple[Link, str] | None = None
    kinds_agree: bool = True
    value: Any = None


# What hypothesis looks for in the arguments of a test, which are a mock or the test's `self` for all it knows.
ASKED_BY_HYPOTHESIS = {
    "hypothesis_internal_is_this_a_mock_check",
    *("execute_example", "setup_example", "teardown_example"),
}


class RemoteObject:
    """An object of a submission, in another process.

    Python's own methods for operators are those that the reference's object has.
    """

    __slots__ = ("__weakref__", "_torchdojo_link")
    __array_ufunc__ = None  # numpy's arrays leave operators to it
    _torchdojo_link: Link

    def __getattr__(self, name: str) -> Any:
        if name in ASKED_BY_HYPOTHESIS:
            raise AttributeError(name)
        link = self._torchdojo_link
        return link.asks.attribute(link, name)

    def __setattr__(self, name: str, value: Any) -> None:
        link = self._torchdojo_link
        link.asks.do("setattr", link, name, value)

    def __delattr__(self, name: str) -> None:
        link = self._torchdojo_link
        link.asks.do("delattr", link, name)

    def __copy__(self) -> Any:
        return self._torchdojo_link.asks.do("copy", self._torchdojo_link)

    def __deepcopy__(self, memo: object) -> Any:
        return self._torchdojo_link.asks.do("deepcopy", self._torchdojo_link)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("an object of the submission cannot be pickled: it is in another process")

    def __repr__(self) -> str:
        link = self._torchdojo_link
        return f"<{link.words or link.name} of the submission>"

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        """The class of the reference's object, for `isinstance`, where both are modules or optimizers."""
        link = object.__getattribute__(self, "_torchdojo_link")
        is_known = link.kinds_agree and isinstance(link.value, nn.Module | torch.optim.Optimizer)
        return type(link.value) if is_known else RemoteObject


def link_of(value: Any) -> Link | None:
    """Return what is known of an object of the submission, None if the value is none."""
    if not issubclass(type(value), RemoteObject):
        return None
    link: Link = object.__getattribute__(value, "_torchdojo_link")
    return link


def new_remote(link: Link, value: Any) -> RemoteObject:
    """Return what stands for an object. value: the reference's, None if it is not known"""
    link.value = value
    remote = object.__new__(_class_with(link.methods))
    object.__setattr__(remote, "_torchdojo_link", link)
    return remote


@functools.cache
def _class_with(methods: frozenset[str]) -> type[RemoteObject]:
    """Return the class of the objects for which Python finds these methods."""
    forwards: dict[str, Any] = {name: _forward(crossing.METHODS[name]) for name in methods & crossing.METHODS.keys()}
    reflected = crossing.REFLECTED_METHODS
    forwards |= {name: _forward_reflected(reflected[name]) for name in methods & reflected.keys()}
    if "__exit__" in methods:
        forwards["__exit__"] = _leave
    if "__eq__" in methods and "__hash__" not in methods:
        forwards["__hash__"] = object.__hash__
    return type("RemoteObject", (RemoteObject,), {"__slots__": (), **forwards})


def _forward(operation: str) -> Callable[..., Any]:
    def method(self: RemoteObject, *args: Any, **kwargs: Any) -> Any:
        link = self._torchdojo_link
        return link.asks.do(operation, link, *args, **kwargs)

    return method


def _forward_reflected(operation: str) -> Callable[..., Any]:
    def method(self: RemoteObject, other: Any) -> Any:
        link = self._torchdojo_link
        return link.asks.do(f"reflected {operation}", link, other)

    return method


def _leave(self: RemoteObject, kind: Any, error: BaseException | None, _: object) -> Any:
    link = self._torchdojo_link
    return link.asks.do("exit", link, kind, error, None)
