"""Read single keys from the terminal, on every system."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

POLL_SECONDS = 0.05


@contextlib.contextmanager
def listen_for_keys(on_key: Callable[[str], None]) -> Iterator[bool]:
    """Call `on_key` from a thread with each key that is pressed, in lower case; yield whether there is a keyboard.

    A key that sends more than one character, such as an arrow, is ignored. The terminal is restored at the end.
    """
    if not sys.stdin.isatty():
        yield False
        return
    read, restore = _windows_keys() if sys.platform == "win32" else _terminal_keys()
    ended = threading.Event()

    def listen() -> None:
        while not ended.is_set():
            key = read()
            if key is None:
                return
            if key:
                on_key(key.lower())

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    try:
        yield True
    finally:
        ended.set()
        thread.join(timeout=1)
        restore()


Read = Callable[[], str | None]  # a key; "" if none was pressed within POLL_SECONDS; None at the end of the input


def _terminal_keys() -> tuple[Read, Callable[[], None]]:
    """Read from a POSIX terminal, one key at a time and without echo."""
    import select
    import termios
    import tty

    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    tty.setcbreak(descriptor)

    def read() -> str | None:
        if not select.select([descriptor], [], [], POLL_SECONDS)[0]:
            return ""
        with contextlib.suppress(OSError):
            data = os.read(descriptor, 64)
            text = data.decode(errors="ignore")
            return None if not data else "" if text.startswith("\x1b") else text[:1]
        return None

    return read, lambda: termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _windows_keys() -> tuple[Read, Callable[[], None]]:
    """Read from a Windows console."""
    import msvcrt
    import time

    console: Any = msvcrt

    def read() -> str | None:
        if not console.kbhit():
            time.sleep(POLL_SECONDS)
            return ""
        key: str = console.getwch()
        if key in ("\x00", "\xe0"):  # the first half of a key such as an arrow
            console.getwch()
            return ""
        return "q" if key == "\x03" else key

    return read, lambda: None
