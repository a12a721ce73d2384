"""Load modules: a submission and a chapter's probes from their text, others by their name."""

from __future__ import annotations

import contextlib
import functools
import importlib
import linecache
import sys
from collections.abc import Iterable
from pathlib import Path
from types import CodeType, ModuleType


def load_module(name: str, source: bytes, filename: str) -> ModuleType:
    """Execute a module's source as a fresh module of this name, registered as Python's import would.

    The text is always read as UTF-8: a coding cookie must not make the interpreter see another program than the
    scanner. Whatever the module raises passes through.
    """
    lines, code = _compiled(source, filename)
    linecache.cache[filename] = (len(source), None, lines, filename)
    module = ModuleType(name)
    module.__file__ = filename
    sys.modules[name] = module
    exec(code, module.__dict__)
    return module


@functools.lru_cache(maxsize=64)
def _compiled(source: bytes, filename: str) -> tuple[list[str], CodeType]:
    """Return the lines and the code; remembered, since each module is executed many times."""
    text = source.decode("utf-8-sig")
    return text.splitlines(keepends=True), compile(text, filename, "exec", dont_inherit=True)


def compile_ahead(source: bytes, filename: str) -> None:
    """Compile a text now, for the processes that will be forked from this one; one that does not compile is left."""
    with contextlib.suppress(Exception):
        _compiled(source, filename)


def import_modules(names: Iterable[str]) -> None:
    """Import modules, among them torchvision beside a torch that it was not built for."""
    for name in names:
        if name == "torchvision":
            from torchdojo.data.vision import prepare_torchvision

            prepare_torchvision()
        importlib.import_module(name)


def load_file(name: str, path: Path) -> ModuleType:
    """Load a trusted file, such as a chapter's probes."""
    return load_module(name, path.read_bytes(), str(path))
