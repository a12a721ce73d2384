"""Ignore every signal, and never end."""

import contextlib
import signal


def attempt(target: str) -> str:
    for number in range(1, 65):
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_IGN)
    while True:
        pass
