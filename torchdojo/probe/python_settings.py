"""The global settings of Python and, once it is imported, of numpy; how a setting is read and put back."""

from __future__ import annotations

import contextlib
import random
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple


class Setting(NamedTuple):
    """A global setting: how to read it, and how to write what was read."""

    read: Callable[[], Any]
    write: Callable[[Any], object]
    is_random: bool = False


def _write_filters(value: list[Any]) -> None:
    if warnings.filters != value:
        warnings.filters[:] = value  # type: ignore[index]
        warnings._filters_mutated()  # type: ignore[attr-defined]


WARNINGS = Setting(lambda: list(warnings.filters), _write_filters)
IGNORED_WARNINGS = [("ignore", None, Warning, None, 0)]
PYTHON_SETTINGS = (WARNINGS, Setting(random.getstate, random.setstate, is_random=True))


def numpy_settings() -> tuple[Setting, ...]:
    """Return numpy's settings, none where nothing has imported it."""
    np = sys.modules.get("numpy")
    if np is None:
        return ()
    random_state = Setting(np.random.get_state, np.random.set_state, is_random=True)
    return random_state, Setting(np.geterr, lambda value: np.seterr(**value))


def seed_python(seed: int) -> None:
    """Let the global generators of Python and, once it is imported, of numpy start from a seed."""
    random.seed(seed)
    np = sys.modules.get("numpy")
    if np is not None:
        np.random.seed(seed % 2**32)


@contextlib.contextmanager
def put_back(settings: Iterable[Setting]) -> Iterator[None]:
    """Put these settings back at the end."""
    before = [(setting, setting.read()) for setting in settings]
    try:
        yield
    finally:
        for setting, value in before:
            setting.write(value)
