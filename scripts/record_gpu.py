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
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.gpu.verdicts import KINDS, RECORD, Verdict, differing, pairs_of  # noqa: E402 - the tests are beside this folder

PAGE = ROOT / "docs" / "gpu.md"
HEADING = "## The recorded run\n"
ONE_THREAD = {"OMP_NUM_THREADS": "1"}  # each process has others beside it
Pair = tuple[Verdict, Verdict]  # of one answer: simulated, on CUDA
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
    pairs = pairs_of([Verdict(**json.loads(line)) for text in texts for line in text.splitlines()])
    text = PAGE.read_text(encoding="utf-8")
    head = text[: text.rindex(HEADING)]
    PAGE.write_text(f"{head}{HEADING}\n{machine()}\n\n{table(pairs)}\n{differences(pairs)}", encoding="utf-8")
    print(f"written: {PAGE}")


def machine() -> str:
    """Say what ran it, in one sentence."""
    torchvision = importlib.metadata.version("torchvision")
    return (
        f"{time.strftime('%Y-%m-%d')}: {torch.cuda.get_device_name()}, CUDA {torch.version.cuda}, "
        f"torch {torch.__version__}, torchvision {torchvision}, Python {platform.python_version()}, "
        f"{platform.system()} {platform.machine()}."
    )


def table(pairs: list[Pair]) -> str:
    """Count verdicts by chapter and kind of answer."""
    groups = [
        (chapter, kind, [pair for pair in pairs if (pair[0].chapter, pair[0].kind) == (chapter, kind)])
        for chapter in sorted({simulated.chapter for simulated, _ in pairs})
        for kind in KINDS
    ]
    return COLUMNS + "|---|---|---:|---:|---:|---:|---:|\n" + "".join(row(*group) for group in groups)


def row(chapter: str, kind: str, pairs: list[Pair]) -> str:
    """Return the table's row of one kind of answer to one chapter."""
    right = sum(all(cuda.passed.values()) for _, cuda in pairs)
    same = sum(not differing(*pair) for pair in pairs)
    seconds = [f"{sum(pair[place].seconds for pair in pairs):.1f}" for place in (0, 1)]
    return "| " + " | ".join(map(str, [chapter, kind, len(pairs), right, same, *seconds])) + " |\n"


def differences(pairs: list[Pair]) -> str:
    """List the checks that passed in one place only, or say that there are none."""
    lines = [
        f"- {cuda.name}: {check} passes on {'cuda' if cuda.passed[check] else 'simulated'} only\n"
        for simulated, cuda in pairs
        for check in differing(simulated, cuda)
    ]
    if not lines:
        return "No check had another verdict on CUDA.\n"
    return "Checks with different verdicts:\n\n" + "".join(lines)


if __name__ == "__main__":
    sys.exit(main())
