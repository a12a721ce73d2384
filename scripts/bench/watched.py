"""Run a long `dojo` command, watched: how long it takes, what it prints, and how much memory each process needs."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import psutil

from scripts.bench.engine import ENVIRONMENT, dojo_command

SAMPLE_SECONDS = 0.1
# By a word of its command line, what a process below the first one is.
ROLES = {"multiprocessing.forkserver": "grading", " -I -B ": "worker"}


@dataclass
class Watched:
    """A command that has ended.

    memory: the largest resident memory of a process, in bytes, by what it is: the first one is "parent", those that
    grade are "grading", those in the sandbox "worker", without what these fork for a submission. As sampled, and with
    what processes share.
    """

    seconds: float = 0.0
    output: str = ""
    memory: dict[str, int] = field(default_factory=dict)


def run_watched(*arguments: str, tick: Callable[[float], None] = lambda seconds: None) -> Watched:
    """Run `dojo`; RuntimeError if it fails. tick: called with the seconds so far, again and again"""
    watched, started = Watched(), time.perf_counter()
    with tempfile.TemporaryFile("w+") as output:
        child = subprocess.Popen(dojo_command(*arguments), stdout=output, stderr=subprocess.STDOUT, env=ENVIRONMENT)
        process = psutil.Process(child.pid)
        while child.poll() is None:
            _sample(process, watched.memory)
            tick(time.perf_counter() - started)
            time.sleep(SAMPLE_SECONDS)
        watched.seconds = time.perf_counter() - started
        output.seek(0)
        watched.output = output.read()
    if child.returncode:
        raise RuntimeError(f"dojo {arguments[0]} ended with {child.returncode}: {watched.output[-400:]}")
    return watched


def _sample(process: psutil.Process, memory: dict[str, int]) -> None:
    """Raise what each role is known to need, if a process needs more now."""
    try:
        found = [("parent", process)]
        for child in process.children(recursive=True):
            words = " ".join(child.cmdline())
            role = next((role for word, role in ROLES.items() if word in words), "")
            is_forked = role == "worker" and (parent := child.parent()) and " ".join(parent.cmdline()) == words
            found += [(role, child)] if role and not is_forked else []
        for role, one in found:
            memory[role] = max(memory.get(role, 0), one.memory_info().rss)
    except psutil.Error:  # a process has ended meanwhile
        return
