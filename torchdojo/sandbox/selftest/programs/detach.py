"""Start a process that detaches itself, to outlive the check."""

import os
import time


def attempt(target: str) -> str:
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execvp("sleep", ["sleep", target])
        os._exit(0)
    time.sleep(0.2)
    return "started"
