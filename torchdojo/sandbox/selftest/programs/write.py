"""Write into folders of the host."""

import contextlib
import os


def attempt(target: str) -> str:
    written = []
    for folder in [target, "/", "/usr", "/dev", "/etc", "/engine", "/home", os.path.dirname(os.__file__)]:
        with contextlib.suppress(OSError), open(os.path.join(folder, "dojo-was-here"), "w") as file:
            file.write("x")
            written.append(folder)
    return " ".join(written) or "nothing"
