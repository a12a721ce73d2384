"""Bound what the reference may use in this process: what a submission answered may decide what it is asked."""

from __future__ import annotations

import contextlib
import ctypes
import threading
from collections.abc import Iterator
from pathlib import Path

try:
    import resource
except ImportError:  # on Windows, where no submission of others is graded
    resource = None  # type: ignore[assignment]

SIZE = Path("/proc/self/statm")  # of this process's memory, in pages


class TimeIsUp(BaseException):
    """Raised in the midst of what takes too long, as an Exception might be caught there."""


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[threading.Event]:
    """Raise TimeIsUp in the block once it has taken so long; between two instructions of Python, so not in C code.

    The event that is yielded tells whether that has happened, for blocks that catch it.
    """
    thread, lock = threading.get_ident(), threading.Lock()
    is_up, is_over = threading.Event(), False

    def stop() -> None:
        with lock:
            if not is_over:
                is_up.set()
                _raise_in(thread, ctypes.py_object(TimeIsUp))

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        yield is_up
    finally:
        timer.cancel()
        with lock:
            is_over = True
            _raise_in(thread, None)  # what has not been raised yet is not raised any more


@contextlib.contextmanager
def memory_limit(size: int) -> Iterator[None]:
    """Let this process reserve at most so many bytes more in the block; a no-op where that cannot be known."""
    if resource is None or not SIZE.is_file():
        yield
        return
    used = int(SIZE.read_text().split()[0]) * resource.getpagesize()
    before, most = resource.getrlimit(resource.RLIMIT_AS)
    limits = [limit for limit in (used + size, before, most) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_AS, (min(limits), most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (before, most))


def _raise_in(thread: int, kind: ctypes.py_object[type[TimeIsUp]] | None) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), kind)
