"""Install into a virtual environment with pip. The Makefiles run this before anything is installed.

    python -m torchdojo.cli.install .venv --constraint constraints.txt --editable .

The environment is created if it is missing or has no pip. The other arguments go to `pip install`, which shows its
progress on a terminal, and elsewhere a line for each large download. If it fails, one line says why.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import venv
from collections.abc import Sequence
from pathlib import Path
from typing import IO

FAILED, STOPPED = 2, 130
OTHER_PYTHONS = "from python.org, by `uv python install 3.13` or by `conda create --name torchdojo python=3.13`"
# pip's messages and their causes. An unreachable registry comes first, because other messages follow from it.
CAUSES = (
    (r"No space left on device|Errno 28", "the disk is full"),
    (
        r"requires a different Python: (\S+) not in '(\S+)'",
        "Python {} is not supported; {} is needed, " + OTHER_PYTHONS,
    ),
    (r"connection|timed out|name resolution|ProxyError|SSLError", "no package registry can be reached"),
    (
        r"No matching distribution found for (\S+)",
        "the package registry has no {} for this Python and this system, or cannot be reached",
    ),
    (r"No module named '?ensurepip", "Python lacks ensurepip (Debian and Ubuntu: sudo apt-get install python3-venv)"),
)
DOWNLOAD = re.compile(r"\s*Downloading (?:\S+/)?([^/\s]+ \([\d.]+ [MG]B\))")


def main(arguments: Sequence[str]) -> int:
    """Install what the arguments name; return the exit code, 0 on success."""
    folder, options = Path(arguments[0]), arguments[1:]
    try:
        problem = _make(folder) or _install(folder, options)
    except KeyboardInterrupt:
        print("\nStopped. To continue, repeat the same command.", file=sys.stderr)
        return STOPPED
    if problem:
        message = f"The installation failed: {problem}. To continue once that is fixed, repeat the same command."
        print(message, file=sys.stderr)
    return FAILED if problem else 0


def _make(folder: Path) -> str:
    """Create the environment unless it exists and has pip; return what went wrong, "" if nothing did."""
    python = _python(folder)
    if python.exists() and not subprocess.run([python, "-I", "-m", "pip", "--version"], capture_output=True).returncode:
        return ""
    try:
        venv.create(folder, clear=True, with_pip=True, symlinks=os.name != "nt")
    except OSError as error:
        return f"{folder} cannot be created ({error.strerror})"
    except subprocess.CalledProcessError as error:
        return _cause((error.output or b"").decode(errors="replace")) or f"pip cannot be installed into {folder}"
    return ""


def _install(folder: Path, options: Sequence[str]) -> str:
    """Run pip; return what went wrong, "" if nothing did."""
    # Isolated, because files in the working directory or on PYTHONPATH are not installed.
    command = [str(_python(folder)), "-I", "-m", "pip", "install", "--disable-pip-version-check", *options]
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
        if not (_run if sys.stdout.isatty() else _run_with_lines)(command, errors):
            return ""
        errors.seek(0)
        output = errors.read().strip()
    return _cause(output) or f"pip failed: {output.splitlines()[-1] if output else 'without a message'}"


def _run(command: Sequence[str], errors: IO[str]) -> int:
    return subprocess.run(command, stderr=errors).returncode


def _run_with_lines(command: Sequence[str], errors: IO[str]) -> int:
    """Run pip, and print a line for each large download instead of its output."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, errors="replace") as process:
        assert process.stdout is not None
        for line in process.stdout:
            download = DOWNLOAD.match(line)
            if download or line.startswith("Installing collected packages"):
                print(f" downloading {download[1]}" if download else " installing what was downloaded", flush=True)
    return process.returncode


def _cause(output: str) -> str:
    """Return the cause of a failure from pip's output, "" if it is unknown."""
    for pattern, cause in CAUSES:
        if match := re.search(pattern, output, re.IGNORECASE):
            return cause.format(*match.groups())
    return ""


def _python(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
