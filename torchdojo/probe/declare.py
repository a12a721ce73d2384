"""Declare a probe: a function, with the text that tells a learner what it calls."""

from __future__ import annotations

import inspect
import re
import string
from collections.abc import Callable
from types import ModuleType
from typing import Any

Outputs = dict[str, Any]


class Probe:
    """A probe function with its description.

    Calling it calls the function. `describe(params)` renders the words that follow "called" in a message.
    """

    def __init__(self, function: Callable[..., Outputs], called: str, calibrate: str | None) -> None:
        self.function = function
        self.name = function.__name__
        self.called = called
        self.calibrate = calibrate
        self.__doc__ = function.__doc__
        self.defaults: dict[str, Any] = dict(function.__kwdefaults__ or {})
        self._require_parameters()

    def _require_parameters(self) -> None:
        """Raise ValueError if the description names something that is not a parameter."""
        known = inspect.signature(self.function).parameters
        for _, field, _, _ in string.Formatter().parse(self.called):
            name = re.split(r"[.\[]", field)[0] if field is not None else None
            if name is not None and name not in known:
                raise ValueError(f"{self.name}: {self.called!r} names {{{name}}}, which is not a parameter")

    def __call__(self, *args: Any, **params: Any) -> Outputs:
        return self.function(*args, **params)

    def __repr__(self) -> str:
        return f"<probe {self.name}>"

    def describe(self, params: dict[str, Any]) -> str:
        """Return the description of the call, with the probe's default parameters filled in."""
        return self.called.format(**{**self.defaults, **params})


def probe(called: str, *, calibrate: str | None = None) -> Callable[[Callable[..., Outputs]], Probe]:
    """Declare a probe.

    called: what the probe calls, in the learner's words; `{name}` is replaced by the parameter of that name
    calibrate: the output whose threshold `dojo calibrate` measures, or None
    """
    if not isinstance(called, str):
        raise TypeError('write @probe("a description of the call")')

    def declare(function: Callable[..., Outputs]) -> Probe:
        return Probe(function, called, calibrate)

    return declare


def collect_probes(module: ModuleType) -> dict[str, Probe]:
    """Return the probes of a module by name."""
    return {value.name: value for value in vars(module).values() if isinstance(value, Probe)}
