"""The end of a process that has imported torch: at once, and yet nothing of what it did is lost."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import atexit, sys, threading
from torchdojo.cli.leave import leave

class Remains:
    def __del__(self):
        print("taken apart")

remains = Remains()
atexit.register(lambda: print("exit handler"))
sys.stdout.write("written, without a line's end; ")
{}
sys.exit(4)
"""
LOADED = "sys.modules['torch'] = None\n"


@pytest.mark.parametrize(
    ("program", "code", "printed"),
    [
        (LOADED + "leave(3)", 3, "exit handler\n"),
        (LOADED + "leave(None)", 0, "exit handler\n"),
        (LOADED + "leave('a message')", 4, "exit handler\ntaken apart\n"),
        ("leave(3)", 4, "exit handler\ntaken apart\n"),
        (LOADED + "threading.Thread(target=print, args=('thread',)).start(); leave(3)", None, ""),
    ],
)
def test_what_was_written_and_exit_handlers_are_not_lost(program: str, code: int | None, printed: str) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM.format(program)], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    if code is not None:
        assert (done.returncode, done.stdout) == (code, f"written, without a line's end; {printed}")
    else:
        assert "thread\n" in done.stdout


def test_output_that_nobody_reads_ends_as_usual() -> None:
    program = f"import sys\nfrom torchdojo.cli.leave import leave\n{LOADED}print('x' * 100)\nleave(0)\nsys.exit(4)"
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait() != 0
