"""Load modules: a submission and a chapter's probes from their text, others by their name.

A submission is run statement by statement: one that raises is left out, and costs only what depends on it.
"""

from __future__ import annotations
import __future__

import ast
import contextlib
import functools
import importlib
import linecache
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from types import CodeType, MappingProxyType, ModuleType
from typing import Any

from torchdojo.source.names import is_future
from torchdojo.source.placeholders import report_placeholders
from torchdojo.source.returns import report_returns
from torchdojo.worker.protocol import LeftOut, raised_text

REPORTER = "__reached_placeholder__"  # in a submission's module: what its placeholders call
RETURNED = "__returned__"  # likewise what its functions call with what they return


def load_module(name: str, source: bytes, filename: str) -> ModuleType:
    """Execute a trusted module's text as a fresh module of this name, registered as Python's import would.

    Whatever the module raises passes through.
    """
    text = _text(source)
    _cache_lines(text, filename)
    code = compile(text, filename, "exec", dont_inherit=True)
    module = _register(name, filename)
    exec(code, module.__dict__)
    return module


def load_submission(
    name: str,
    source: bytes,
    filename: str,
    without: Collection[int],
    given: Mapping[str, Any],
    reached: Callable[[int, Any], Any],
    returned: Callable[[str, int, Any], Any] = lambda _name, _line, value: value,
) -> tuple[ModuleType, list[LeftOut]]:
    """Execute a submission as a fresh module of this name; return it with the statements that were left out.

    without: the numbers, from 0, of top-level statements that are not to be run
    given: values that take the place of what the submission binds to these names
    reached: called with the line and the value of each placeholder that is run, and returns that value
    returned: called with the name, the line and the value of what a function returns, and returns that value
    """
    text, statements = _compiled(source, filename)
    _cache_lines(text, filename)
    module = _register(name, filename)
    module.__dict__.update({REPORTER: reached, RETURNED: returned})
    return module, run_statements(module, statements, without, given)


def load_given(source: bytes, names: Iterable[str]) -> dict[str, Any]:
    """Execute a trusted text as a module that nothing refers to; return what it binds to these names."""
    module = ModuleType("given")
    exec(compile(source, "given", "exec", dont_inherit=True), module.__dict__)
    return {name: getattr(module, name) for name in names}


def run_statements(
    module: ModuleType,
    statements: Sequence[CodeType | Exception],
    without: Collection[int] = (),
    given: Mapping[str, Any] = MappingProxyType({}),
) -> list[LeftOut]:
    """Run a module's top-level statements one after the other; return those that raised, which are left out.

    statements: the code of each, or the exception that compiling it raised; without: the numbers of those not to run
    given: what these names are, before the first statement and after each
    """
    left_out = []
    module.__dict__.update(given)
    for number, code in enumerate(statements):
        if number in without:
            continue
        try:
            if isinstance(code, Exception):
                raise code
            exec(code, module.__dict__)
        except BaseException as error:  # a submission may raise anything, SystemExit and KeyboardInterrupt included
            left_out.append(LeftOut(number, raised_text(error)))
        module.__dict__.update(given)
    return left_out


def _register(name: str, filename: str) -> ModuleType:
    module = ModuleType(name)
    module.__file__ = filename
    sys.modules[name] = module
    return module


def _text(source: bytes) -> str:
    """Return a source as text: always UTF-8, so that no coding cookie shows the interpreter another program."""
    return source.decode("utf-8-sig")


def _cache_lines(text: str, filename: str) -> None:
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)


@functools.lru_cache(maxsize=64)
def _compiled(source: bytes, filename: str) -> tuple[str, list[CodeType | Exception]]:
    """Return the text and its compiled statements; remembered, since each submission is executed many times."""
    text = _text(source)
    body = ast.parse(text, filename).body
    futures = [alias.name for node in body if is_future(node) for alias in node.names]
    flags = 0  # of the whole text's future imports, for each of its statements
    for name in futures:
        flags |= getattr(getattr(__future__, name, None), "compiler_flag", 0)
    return text, [_compile(node, filename, flags) for node in body]


def _compile(node: ast.stmt, filename: str, flags: int) -> CodeType | Exception:
    report_placeholders(node, REPORTER)
    report_returns(node, RETURNED)
    try:
        code: CodeType = compile(ast.Module([node], []), filename, "exec", flags, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return error
    return code


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
