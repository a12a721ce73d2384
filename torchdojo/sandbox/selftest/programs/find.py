"""Find what an earlier check left in the scratch folders."""

import os


def attempt(target: str) -> str:
    found = [folder for folder in ("/tmp", "/dev/shm") if os.path.exists(os.path.join(folder, target))]
    for folder in found:
        os.unlink(os.path.join(folder, target))
    return " ".join(found) or "nothing"
