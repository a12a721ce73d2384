"""Check the names of new chapters, exercises and mistakes."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from keyword import iskeyword

from torchdojo.authoring.scaffold.changes import ScaffoldError

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
# Names that Windows keeps for devices, with any suffix.
DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))}
# A chapter is a module: it must not take the name of another.
MODULES = {*sys.stdlib_module_names, "torch", "torchvision", "numpy", "pytest", "torchdojo", "probes"}


def check_name(what: str, name: str, taken: Iterable[str] = ()) -> None:
    """Raise ScaffoldError unless a name is free, and one of Python that is a file's name on every system.

    what: what it is the name of, such as "chapter"
    """
    if not NAME.fullmatch(name):
        near = re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_0123456789")
        advice = f", such as {near}" if NAME.fullmatch(near) and not iskeyword(near) else ""
        raise ScaffoldError(
            f"{name!r} cannot be the name of {what}: use letters, digits and _, and begin with a letter{advice}"
        )
    if iskeyword(name):
        raise ScaffoldError(f"{name!r} cannot be the name of {what}: it is a keyword of Python")
    if name.lower() in DEVICES:
        raise ScaffoldError(f"{name!r} cannot be the name of {what}: Windows keeps it for a device")
    same = next((other for other in taken if other.lower() == name.lower()), None)
    if same:
        raise ScaffoldError(f"there is {what} {same} already: choose another name")


def check_chapter_name(name: str, taken: Iterable[str]) -> None:
    """Raise ScaffoldError unless a name is a chapter's, and free."""
    check_name("a chapter", name, taken)
    if name in MODULES:
        raise ScaffoldError(f"{name!r} cannot be the name of a chapter: it is a module's, which the chapter would hide")
