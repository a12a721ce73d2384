"""See whether a submission has left something behind in its process that a later check could find.

What is in reach of a submission's text is remembered before any is loaded: what names of modules stand for, what is
inside their classes and functions, how much their tables hold, and the settings of the process. What torch and Python
keep for themselves does not count.

A submission that wants to hide something from this can. It gains nothing by that: what it hides makes no answer right
that depends on a seed. This is for those that do not hide it.
"""

from __future__ import annotations

import contextlib
import contextvars
import gc
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import FunctionType, ModuleType
from typing import Any

# Beside the modules that are in no package: what a learner's code uses of torch. Of others, only the size is compared.
COMPARED = ("torch.nn", "torch.optim", "torch.autograd", "torch.utils.data", "torch.cuda", "torch.backends")
COMPARED_ALONE = ("torch.random", "torch.functional", "torch._tensor", "torch.linalg", "torch.fft", "numpy.random")
IGNORED_MODULES = ("__main__", "__mp_main__")
# What changes by itself: next_id is that of a hook's handle, copyreg keeps __slotnames__, a fork changes threading.
IGNORED_NAMES = {"__warningregistry__", "__builtins__", "next_id", "__slotnames__"}
IGNORED_NAMES |= {"_active_limbo_lock", "_shutdown_locks_lock", "_shutdown_locks"}
IGNORED_NAMES |= {"_name_sequence", "tempdir", "modules", "_dangling", "_active"}  # of tempfile, sys and threading
OF_TORCH = {"sympy", "mpmath"}  # packages that torch imports when it first needs them
TABLES = (list, dict, set, deque)
MOST_CHANGES = 20  # that are told


@dataclass(frozen=True)
class _State:
    """What was there.

    sizes: how many names each module has; names: what those of some stand for; inside: what is in classes and functions
    tables: how many items are in those that modules hold; settings: of the process
    """

    sizes: dict[str, int] = field(default_factory=dict)
    names: dict[str, dict[str, Any]] = field(default_factory=dict)
    inside: dict[int, tuple[str, Any, Mapping[str, Any]]] = field(default_factory=dict)
    tables: dict[int, tuple[str, Any, int]] = field(default_factory=dict)
    settings: tuple[Any, ...] = ()


_states: list[_State] = []  # the last one


def remember() -> None:
    """Remember what is there now."""
    state = _State(settings=_settings())
    for name, module in _modules():
        state.sizes[name] = _size(module)
        if _is_compared(name):
            state.names[name] = dict(vars(module))
            for key, value in state.names[name].items():
                if isinstance(value, type | FunctionType):
                    state.inside[id(value)] = f"{name}.{key}", value, dict(_inside(value))
                elif isinstance(value, TABLES) and "cache" not in key and key not in IGNORED_NAMES:
                    state.tables[id(value)] = f"{name}.{key}", value, len(value)
    _states[:] = [state]


def find_changes(own: str) -> list[str]:
    """Return the names of what has changed since `remember`. own: the name of the submission's module"""
    state, found = _states[0], list[str]()
    packages = {name.partition(".")[0] for name in state.sizes} | OF_TORCH
    for name, module in _modules():
        if name == own or name in IGNORED_MODULES:
            continue
        if name in state.names:
            found += [f"{name}.{key}" for key in _differing(vars(module), state.names[name])]
        elif name in state.sizes and _size(module) != state.sizes[name] + _count_imported(name, module, state):
            found.append(name)
        elif name not in state.sizes and name.partition(".")[0] not in packages:
            found.append(f"the module {name}")
    for name, value, before in state.inside.values():
        found += [f"{name}.{key}" for key in _differing(_inside(value), before)]
    found += [name for name, table, size in state.tables.values() if len(table) != size]
    if _settings() != state.settings:
        found.append("the settings of the process")
    return [*found, *_files_and_processes()][:MOST_CHANGES]


def _settings() -> tuple[Any, ...]:
    handlers = [signal.getsignal(number) for number in range(1, signal.NSIG)]
    limits = sys.getrecursionlimit(), sys.getswitchinterval(), gc.get_threshold()
    watching = sys.gettrace(), sys.getprofile(), threading.active_count(), len(contextvars.copy_context())
    return dict(os.environ), handlers, limits, watching


def _files_and_processes() -> Iterator[str]:
    is_isolated = os.getpid() == 1
    for folder in (".", "/tmp", "/dev/shm") if is_isolated else (".",):
        try:
            yield from (f"the file {folder}/{name}" for name in os.listdir(folder))
        except OSError:
            yield f"the folder {folder}"
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return
    yield "a process"


def _modules() -> Iterator[tuple[str, ModuleType]]:
    for name, module in list(sys.modules.items()):
        if type(module) is ModuleType:
            yield name, module


def _size(module: ModuleType) -> int:
    names = vars(module)
    return len(names) - ("__warningregistry__" in names)


def _count_imported(name: str, module: ModuleType, state: _State) -> int:
    """Return how many names of a package stand for modules of it that were imported since."""
    if _size(module) == state.sizes[name]:
        return 0
    modules = (value for value in vars(module).values() if type(value) is ModuleType)
    return sum(value.__name__ not in state.sizes for value in modules)


def _is_compared(name: str) -> bool:
    package = name.startswith(COMPARED) and not name.startswith("torch.backends._")
    return "." not in name or package or name in COMPARED_ALONE


def _inside(value: Any) -> Mapping[str, Any]:
    """Return what is inside a class or a function."""
    if isinstance(value, type):
        return vars(value)
    return {"code": value.__code__, "defaults": value.__defaults__, "keywords": value.__kwdefaults__, **value.__dict__}


def _differing(now: Mapping[str, Any], before: Mapping[str, Any]) -> list[str]:
    """Return the names that do not stand for the same object; a module that was imported since then does not count."""
    with contextlib.suppress(Exception):  # raised by what a submission put there
        if now == before:  # fast, for what is the same object is equal
            return []
    missing = object()
    names = now.keys() | before.keys() if len(now) != len(before) else now.keys()
    return [
        name
        for name in names
        if (value := now.get(name, missing)) is not before.get(name, missing)
        and type(value) is not ModuleType
        and name not in IGNORED_NAMES
    ]
