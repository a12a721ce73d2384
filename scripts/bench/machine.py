"""The machine and the versions of a measurement."""

from __future__ import annotations

import functools
import hashlib
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from scripts.bench.measure import ROOT
from torchdojo.course import load_course
from torchdojo.grading.version import engine_hash, graders_hash
from torchdojo.sandbox.cores import usable_cores

HERE = Path(__file__).parent
SCRIPTS = ("make_class.py", "play_session.py")  # which parts use
ROOMS = (
    "authoring",
    "batch",
    "cli",
    "collect",
    "learner",
    "report",
    "review",
)  # above grading, part of what is measured


def describe_machine() -> dict[str, Any]:
    """Return {"processor", "cores", "memory_gb", "system"}."""
    return {
        "processor": _processor(),
        "cores": usable_cores(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "system": f"{platform.system()} {platform.machine()}",
    }


def collect_versions() -> dict[str, str]:
    """Return the versions of what was measured and of what it runs on."""
    from scripts.bench import peer_nbgrader, peer_otter

    found = {name: version(name) for name in ("torchdojo", "torch", "pytest")}
    for requirement in (peer_nbgrader.REQUIREMENT, peer_otter.REQUIREMENT):
        name, _, number = requirement.partition("==")
        found[name] = number
    return {"python": platform.python_version(), **found, "bubblewrap": _bubblewrap()}


@functools.lru_cache
def fingerprint() -> str:
    """Return a hash of this code and this machine: only parts with the same hash belong to the same run.

    The course counts too, because its checks are timed and its reference gives the recorded answers.
    """
    course = load_course(ROOT)
    graders = [graders_hash(course, chapter) for chapter in course.chapters]
    digest = hashlib.sha256(
        f"{describe_machine()['processor']}{describe_machine()['cores']}{engine_hash(*ROOMS)}{graders}".encode()
    )
    for path in [*sorted(HERE.glob("*.py")), *(ROOT / "scripts" / name for name in SCRIPTS)]:
        if path.name not in ("details.py", "document.py", "picture.py", "targets.py", "ways.py", "__main__.py"):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return " ".join(line.partition(":")[2].split())
    return platform.processor() or platform.machine()


def _bubblewrap() -> str:
    try:
        return subprocess.run(["bwrap", "--version"], capture_output=True, text=True, check=True).stdout.split()[-1]
    except (OSError, subprocess.CalledProcessError, IndexError):
        return "not installed"
