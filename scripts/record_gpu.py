"""Run the tests that need a CUDA device, and write what they saw to docs/gpu.md.

    python scripts/record_gpu.py [--processes N]

Only the part of docs/gpu.md below its last heading is replaced, also where a test failed: the table says what was
seen. Exit code 1 if one failed, 2 where torch sees no device; nothing is written then.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.gpu.verdicts import KINDS, PLACES, RECORD, Verdict  # noqa: E402 - the tests are beside this folder

PAGE = ROOT / "docs" / "gpu.md"
HEADING = "## The recorded run\n"
ONE_THREAD = {"OMP_NUM_THREADS": "1"}  # each process has others beside it
COLUMNS = "| chapter | kind | graded | passed all | same verdict on both | seconds simulated | seconds CUDA |\n"


def main() -> int:
    """Run the tests and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, default=min(8, os.cpu_count() or 1), help="tests at a time")
    processes = parser.parse_args().processes
    if not torch.cuda.is_available():
        print("make test-gpu needs a CUDA device, and torch sees none; nothing was written", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pytest", "-m", "gpu", "-n", str(processes), "--dist", "worksteal"]
        environment = {**os.environ, **ONE_THREAD, RECORD: folder}
        code = subprocess.run([*command, "tests/gpu"], cwd=ROOT, env=environment).returncode
        write_page(Path(folder))
    return 1 if code else 0


def write_page(folder: Path) -> None:
    """Write into docs/gpu.md what the tests left in a folder."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.iterdir())]
    found = [Verdict(**json.loads(line)) for text in texts for line in text.splitlines()]
    text = PAGE.read_text(encoding="utf-8")
    head = text[: text.rindex(HEADING)]
    PAGE.write_text(f"{head}{HEADING}\n{machine()}\n\n{table(found)}\n{differences(found)}", encoding="utf-8")
    print(f"written: {PAGE}")


def machine() -> str:
    """Say what ran it, in one sentence."""
    torchvision = importlib.metadata.version("torchvision")
    return (
        f"{time.strftime('%Y-%m-%d')}: {torch.cuda.get_device_name()}, CUDA {torch.version.cuda}, "
        f"torch {torch.__version__}, torchvision {torchvision}, Python {platform.python_version()}, "
        f"{platform.system()} {platform.machine()}."
    )


def table(found: Iterable[Verdict]) -> str:
    """Count verdicts by chapter and kind of answer."""
    found = list(found)
    groups = [
        (chapter, kind, [v for v in found if v.chapter == chapter and v.kind == kind])
        for chapter in sorted({v.chapter for v in found})
        for kind in KINDS
    ]
    return COLUMNS + "|---|---|---:|---:|---:|---:|---:|\n" + "".join(row(*group) for group in groups)


def row(chapter: str, kind: str, group: list[Verdict]) -> str:
    """Return the table's row of one kind of answer to one chapter."""
    simulated, cuda = ({v.name: v for v in group if v.place == place} for place in PLACES)
    right = sum(all(v.passed.values()) for v in cuda.values())
    same = sum(cuda[name].passed == simulated[name].passed for name in cuda)
    seconds = [f"{sum(v.seconds for v in place.values()):.1f}" for place in (simulated, cuda)]
    return "| " + " | ".join(map(str, [chapter, kind, len(cuda), right, same, *seconds])) + " |\n"


def differences(found: Iterable[Verdict]) -> str:
    """List the checks that passed in one place only, or say that there are none."""
    by_name: dict[tuple[str, str], list[Verdict]] = {}
    for verdict in found:
        by_name.setdefault((verdict.chapter, verdict.name), []).append(verdict)
    lines = [
        f"- {name}: {check} passes on {a.place if passed else b.place} only\n"
        for (_, name), (a, b) in by_name.items()
        for check, passed in a.passed.items()
        if b.passed[check] != passed
    ]
    return (
        "Checks with different verdicts:\n\n" + "".join(lines) if lines else "No check had another verdict on CUDA.\n"
    )


if __name__ == "__main__":
    sys.exit(main())
