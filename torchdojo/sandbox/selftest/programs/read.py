"""Read a file of the host, under any path that may lead to it."""

import glob
from pathlib import Path


def attempt(target: str) -> str:
    found = []
    for path in [target, *glob.glob("/proc/*/root" + target), *glob.glob("/proc/*/cwd/*canary*")]:
        try:
            found.append(Path(path).read_text())
        except Exception as error:
            found.append(type(error).__name__)
    return " ".join(found)
