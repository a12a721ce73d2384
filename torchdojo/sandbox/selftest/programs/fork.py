"""Start this many processes."""

import os
import time


def attempt(target: str) -> str:
    started = 0
    for _ in range(int(target)):
        try:
            if os.fork() == 0:
                time.sleep(30)
                os._exit(0)
        except OSError:
            break
        started += 1
    time.sleep(0.5)
    return str(started)
