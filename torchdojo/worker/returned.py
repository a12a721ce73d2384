"""Note of what kind the values are that a submission's functions return to a probe: their forms, never the values.

The reference's are noted in the same way, so that the kinds can be compared call by call. What comes from a
submission's process is a claim of it, which explains a failure and decides nothing.
"""

from __future__ import annotations

import contextlib
import json
import sys
import types
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import fields
from types import CodeType
from typing import Any, NamedTuple

from torchdojo.probe.raised import raised
from torchdojo.worker.form import MAX_DIMENSIONS, MAX_NAME, Form
from torchdojo.worker.library_in_use import library
from torchdojo.worker.protocol import MAX_RETURNED

MAX_CALLS, MAX_FUNCTION_CALLS = 60, 20  # that are noted in a reply, in all and of one function
MAX_LOOKS = 1000  # at who called one function: each takes about a microsecond
MAX_DEPTH, MAX_ITEMS = 3, 6
MAX_SIZE = 2**40
CALLABLE = (types.FunctionType, types.BuiltinFunctionType, types.MethodType)
ITERATORS = (types.GeneratorType, map, filter, zip)


class Returned(NamedTuple):
    """That a function, or a method as Class.method, returned a value of this form from this line."""

    function: str
    line: int
    form: Form


class Recorder:
    """Notes what functions of one file return to a probe; what they return to each other is not noted.

    probing: the code that calls a probe
    """

    def __init__(self, filename: str, probing: CodeType) -> None:
        self._filename = filename
        self._edges = {probing: True, raised.__code__: False}  # an expected refusal shifts no later call
        self._counts: Counter[str] = Counter()
        self._looks_left: dict[str, int] = {}
        self._is_on = False
        self.calls: list[Returned] = []

    @contextlib.contextmanager
    def recording(self) -> Iterator[None]:
        """Note what is returned, and not what was before."""
        self._is_on = True
        try:
            yield
        finally:
            self._is_on = False

    def note(self, function: str, line: int, value: Any) -> Any:
        """Note what a function returns if it is a probe that called it; return the value."""
        if self._is_on and (left := self._looks_left.get(function, MAX_LOOKS)):
            self._looks_left[function] = left - 1
            with contextlib.suppress(Exception):  # a value's own class may raise anything
                if self._is_called_by_probe():
                    self._keep(Returned(function, line, form_of(value)))
        return value

    def _keep(self, call: Returned) -> None:
        self._counts[call.function] += 1
        if self._counts[call.function] >= MAX_FUNCTION_CALLS or len(self.calls) >= MAX_CALLS:
            self._looks_left[call.function] = 0
        if len(self.calls) < MAX_CALLS:
            self.calls.append(call)

    def _is_called_by_probe(self) -> bool:
        frame = sys._getframe(2).f_back
        while frame is not None:
            code = frame.f_code
            if code in self._edges or code.co_filename == self._filename:
                return self._edges.get(code, False)
            frame = frame.f_back
        return False


def form_of(value: Any, depth: int = 0) -> Form:
    """Return a value's form. A value's own class may raise anything."""
    kind = type(value)
    name = str(kind.__name__)[:MAX_NAME]
    if value is None or kind in (bool, int):
        return Form("None" if value is None else name)
    if issubclass(kind, float | str):
        return Form("float" if issubclass(kind, float) else "string")
    of_library = library().form_of(value)
    if of_library is not None:
        return of_library
    if kind.__module__ == "numpy":
        shape = tuple(map(int, value.shape))[:MAX_DIMENSIONS]
        return Form("array" if name == "ndarray" else "number", name, shape, str(value.dtype)[:MAX_NAME])
    if issubclass(kind, set | frozenset):
        return Form("set" if issubclass(kind, set) else "frozenset", name, size=len(value))
    if issubclass(kind, complex):
        return Form("complex")
    if issubclass(kind, tuple | list | dict):
        inside = () if depth + 1 >= MAX_DEPTH or issubclass(kind, dict) else tuple(value)[:MAX_ITEMS]
        of_torch = kind.__module__ == "torch.return_types"
        family = "named tuple" if of_torch else "tuple" if issubclass(kind, tuple) else ""
        family = family or ("dict" if issubclass(kind, dict) else "list")
        return Form(family, name, size=len(value), items=tuple(form_of(item, depth + 1) for item in inside))
    return _form_of_object(value, kind)


def _form_of_object(value: Any, kind: type) -> Form:
    if issubclass(kind, ITERATORS):
        return Form("generator", kind.__name__[:MAX_NAME])
    if issubclass(kind, type):
        return Form("class", str(value.__name__)[:MAX_NAME])
    if issubclass(kind, CALLABLE):
        return Form("function", str(value.__name__)[:MAX_NAME])
    return Form("object", kind.__name__[:MAX_NAME])


def write_returned(calls: Collection[Returned]) -> str:
    """Return the text in which a reply carries these calls: without the last ones if it would be too long."""
    text = json.dumps([[function, line, _plain(form)] for function, line, form in calls], separators=(",", ":"))
    return text if len(text) <= MAX_RETURNED else write_returned(list(calls)[: len(calls) // 2])


def _plain(form: Form) -> dict[str, Any]:
    values = {field.name: getattr(form, field.name) for field in fields(form)}
    return {**{name: value for name, value in values.items() if value}, "items": [_plain(item) for item in form.items]}


def read_returned(text: str) -> list[Returned]:
    """Return the calls that a reply's text holds, none if it is not what `write_returned` returns."""
    try:
        calls = json.loads(text) if len(text) <= MAX_RETURNED else []
        return [Returned(_text(function), _whole(line), _form(form, 0)) for function, line, form in calls[:MAX_CALLS]]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return []


def _form(values: dict[str, Any], depth: int) -> Form:
    """Return the form that plain values describe. ValueError, TypeError, KeyError or AttributeError if they do not."""
    if depth >= MAX_DEPTH:
        raise ValueError("nested too deep")
    return Form(
        kind=_text(values["kind"]),
        name=_text(values.get("name", "")),
        shape=tuple(_whole(size) for size in values.get("shape", ())[:MAX_DIMENSIONS]),
        dtype=_text(values.get("dtype", "")),
        grad=values.get("grad") is True,
        size=_whole(values.get("size", 0)),
        items=tuple(_form(item, depth + 1) for item in values["items"][:MAX_ITEMS]),
    )


def _text(value: Any) -> str:
    if type(value) is not str or len(value) > MAX_NAME or not value.isprintable():
        raise ValueError("not a name")
    return value


def _whole(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= MAX_SIZE:
        raise ValueError("not a size")
    return value
