"""Declare a probe: a function, with the text that tells a learner what it calls."""

from __future__ import annotations

import inspect
import re
import string
from collections.abc import Callable
from types import ModuleType
from typing import Any

from torchdojo.probe.draw import Draw

Outputs = dict[str, Any]
# What a trained model is judged by: computed in the trusted process from what the probe returned, and a new Draw of its
# seed, which gives the labels again.
Measure = Callable[[Outputs, Draw], float]
# Words of a description that follow from the parameters, such as the options that a probe gives.
Words = Callable[[dict[str, Any]], object]


class Probe:
    """A probe function with its description.

    Calling it calls the function. `describe(params)` renders the words that follow "called" in a message.
    """

    def __init__(
        self, function: Callable[..., Outputs], called: str, calibrate: Measure | None, **words: Words
    ) -> None:
        self.function = function
        self.words = words
        self.name = function.__name__
        self.called = called
        self.calibrate = calibrate
        self.__doc__ = function.__doc__
        self.defaults: dict[str, Any] = dict(function.__kwdefaults__ or {})
        self._require_parameters()

    def _require_parameters(self) -> None:
        """Raise ValueError if the description names something that is not a parameter."""
        known = {*inspect.signature(self.function).parameters, *self.words}
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
        filled = {**self.defaults, **params}
        return self.called.format(**filled, **{name: words(filled) for name, words in self.words.items()})


def probe(
    called: str, *, calibrate: Measure | None = None, **words: Words
) -> Callable[[Callable[..., Outputs]], Probe]:
    """Declare a probe.

    called: what the probe calls, in the learner's words; `{name}` is replaced by the parameter of that name
    calibrate: what computes the number whose threshold `dojo calibrate` finds, from the outputs and a new Draw of the
    same seed, in the trusted process; its name is the number's. None if the probe has no threshold
    words: what else `called` names in braces; each is a function of the dict of parameters
    """
    if not isinstance(called, str):
        raise TypeError('write @probe("a description of the call")')
    if calibrate is not None and not callable(calibrate):
        raise TypeError("calibrate takes the function that computes the number: @probe(…, calibrate=accuracy)")

    def declare(function: Callable[..., Outputs]) -> Probe:
        return Probe(function, called, calibrate, **words)

    return declare


def collect_probes(module: ModuleType) -> dict[str, Probe]:
    """Return the probes of a module by name."""
    return {value.name: value for value in vars(module).values() if isinstance(value, Probe)}
