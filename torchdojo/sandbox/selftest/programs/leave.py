"""Leave a file in the scratch folders, for the next check."""

import contextlib
import os


def attempt(target: str) -> str:
    left = []
    for folder in ("/tmp", "/dev/shm"):
        with contextlib.suppress(OSError), open(os.path.join(folder, target), "w") as file:
            file.write("the answers")
            left.append(folder)
    return " ".join(left)
