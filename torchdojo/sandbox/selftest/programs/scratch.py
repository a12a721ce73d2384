"""Find a file that an earlier run left in the scratch folders, or else leave it there."""

import contextlib
import os


def attempt(target: str) -> str:
    paths = [os.path.join(folder, target) for folder in ("/tmp", "/dev/shm")]
    found = [path for path in paths if os.path.exists(path)]
    for path in found:
        os.unlink(path)
    if found:
        return "found it"
    for path in paths:
        with contextlib.suppress(OSError), open(path, "w") as file:
            file.write("the answers")
    return f"left {sum(map(os.path.exists, paths))}"
