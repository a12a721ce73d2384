"""See whether a submission has left something behind in its process that a later check could find.

What is in reach of a submission's text is remembered before any is loaded: the names of modules, and of those that a
learner uses also what each name stands for, and what is inside classes and functions. What torch and Python cache for
themselves does not count. A submission that wants to hide something can: what it hides cannot make an answer right that
depends on a seed, and this is for those who do not want to.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import FunctionType, ModuleType
from typing import Any

# Beside the modules that are in no package: what a learner's code uses of torch.
COMPARED = ("torch.nn", "torch.optim", "torch.autograd", "torch.utils.data", "torch.cuda", "torch.backends")
COMPARED_ALONE = ("torch.random", "torch.functional", "torch._tensor", "torch.linalg", "torch.fft", "numpy.random")
IGNORED_MODULES = ("__main__", "__mp_main__")
# What changes by itself: next_id is that of a hook's handle, copyreg keeps __slotnames__, a fork changes threading.
IGNORED_NAMES = {"__warningregistry__", "__builtins__", "next_id", "__slotnames__"}
IGNORED_NAMES |= {"_active_limbo_lock", "_shutdown_locks_lock", "_shutdown_locks"}
IGNORED_NAMES |= {"_name_sequence", "tempdir"}  # of tempfile
MOST_CHANGES = 20  # that are told


@dataclass
class _State:
    """What was there. lengths: of the names of every module; names: of those that are compared; inside: their parts"""

    lengths: dict[str, int] = field(default_factory=dict)
    names: dict[str, dict[str, Any]] = field(default_factory=dict)
    inside: dict[str, tuple[Any, Mapping[str, Any]]] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    threads: int = 1


_state = _State()


def remember() -> None:
    """Remember what is there now."""
    _state.__init__()  # type: ignore[misc]
    for name, module in _modules():
        _state.lengths[name] = _length(module)
        if _is_compared(name):
            _state.names[name] = dict(vars(module))
            _state.inside |= {
                f"{name}.{key}": (value, dict(_inside(value)))
                for key, value in vars(module).items()
                if isinstance(value, type | FunctionType) and getattr(value, "__module__", name) == name
            }
    _state.environment, _state.threads = dict(os.environ), threading.active_count()


def find_changes(own: str) -> list[str]:
    """Return what has changed since `remember`, in words. own: the name of the submission's module"""
    found: list[str] = []
    packages = {name.partition(".")[0] for name in _state.lengths}
    for name, module in _modules():
        if name == own or name in IGNORED_MODULES:
            continue
        if name in _state.names:
            found += [f"{name}.{key}" for key in _differing(vars(module), _state.names[name])]
        elif name in _state.lengths and _length(module) != _state.lengths[name]:
            found.append(name)
        elif name not in _state.lengths and name.partition(".")[0] not in packages:
            found.append(f"the module {name}")
    for name, (value, before) in _state.inside.items():
        found += [f"{name}.{key}" for key in _differing(_inside(value), before)]
    if os.environ != _state.environment:
        found.append("the environment")
    if threading.active_count() != _state.threads:
        found.append("a thread")
    return [*found, *_left_by_processes()][:MOST_CHANGES]


def _left_by_processes() -> Iterator[str]:
    is_isolated = os.getpid() == 1
    for folder in (".", "/dev/shm") if is_isolated else (".",):
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


def _length(module: ModuleType) -> int:
    names = vars(module)
    return len(names) - ("__warningregistry__" in names)


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
