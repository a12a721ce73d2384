"""End the process without taking apart what is about to vanish with it."""

from __future__ import annotations

import atexit
import os
import sys
import threading


def leave(code: object) -> None:
    """End the process at once with an exit code if it has imported torch, which takes half a second to take apart.

    Exit handlers run, and what was printed is written. Returns, for Python to end the process as usual, without torch,
    if a thread is to be waited for, if `code` is a message, or if the output cannot be written.
    """
    others = [thread for thread in threading.enumerate() if thread is not threading.main_thread() and not thread.daemon]
    if "torch" not in sys.modules or others or not isinstance(code, int | None):
        return
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        return
    os._exit(code or 0)
