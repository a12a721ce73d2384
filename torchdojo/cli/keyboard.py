"""Single keys from the terminal, on every system."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

PAUSE = 0.05  # seconds between two looks


@contextlib.contextmanager
def keys_to(hear: Callable[[str], None]) -> Iterator[bool]:
    """Call `hear` with each key that is pressed, in lower case, from a thread; yield whether there is a keyboard.

    A key that sends more than one character, such as an arrow, is passed over. Afterwards the terminal is as before.
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
                hear(key.lower())

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    try:
        yield True
    finally:
        ended.set()
        thread.join(timeout=1)
        restore()


Read = Callable[[], str | None]  # a key; "" if none was pressed for a moment; None when none can come any more


def _terminal_keys() -> tuple[Read, Callable[[], None]]:
    """Read from a POSIX terminal, one key at a time and without showing it."""
    import select
    import termios
    import tty

    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    tty.setcbreak(descriptor)

    def read() -> str | None:
        if not select.select([descriptor], [], [], PAUSE)[0]:
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
            time.sleep(PAUSE)
            return ""
        key: str = console.getwch()
        if key in ("\x00", "\xe0"):  # the first half of a key such as an arrow
            console.getwch()
            return ""
        return "q" if key == "\x03" else key

    return read, lambda: None
