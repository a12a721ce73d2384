"""Run the tests that need a CUDA device, and write their verdicts to docs/gpu.md.

    python scripts/record_gpu.py [--processes N] [--keep FOLDER]
    python scripts/record_gpu.py --page FOLDER [FOLDER ...]

--keep saves the verdicts in a folder; --page writes the page from such folders, from one run or from several parts, on
any machine. Only the part of docs/gpu.md below its last heading is replaced, even if a test failed. Nothing is written
if no answer has a verdict in both places.

Exit code 1 if a test failed or nothing was compared, 2 if torch sees no device.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Sequence
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.gpu.verdicts import (  # noqa: E402 - the tests are beside this folder
    COURSE,
    KINDS,
    RECORD,
    SANDBOX,
    TOO_MUCH,
    Verdict,
    answers,
    broken,
    differing,
    pairs_of,
)

PAGE = ROOT / "docs" / "gpu.md"
HEADING = "## The recorded run\n"
ABOUT_FILE = "about.txt"  # in a folder of verdicts: sentences about the machine and the run
DRIVER = Path("/proc/driver/nvidia/version")
ONE_THREAD = {"OMP_NUM_THREADS": "1"}  # because several processes run side by side
Pair = tuple[Verdict, Verdict]  # of one answer: simulated, on CUDA
COLUMNS = "| chapter | kind | graded | passed all | same verdict on both | seconds simulated | seconds CUDA |\n"


def main() -> int:
    """Run the tests, or take the verdicts of earlier runs, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, default=min(8, os.cpu_count() or 1), help="tests at a time")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where to save the verdicts")
    parser.add_argument(
        "--page", type=Path, nargs="+", metavar="FOLDER", help="run nothing; write the page from these folders"
    )
    options = parser.parse_args()
    if options.page:
        return 0 if write_page(options.page) else 1
    if not torch.cuda.is_available():
        print("make test-gpu needs a CUDA device, and torch sees none; nothing was written", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        kept_folder = options.keep or Path(folder)
        kept_folder.mkdir(parents=True, exist_ok=True)
        code = run_tests(kept_folder, options.processes)
        written = write_page([kept_folder])
    return 0 if written and code == 0 else 1


def run_tests(folder: Path, processes: int) -> int:
    """Run the tests and save their verdicts in a folder; return pytest's exit code."""
    started = time.perf_counter()
    (folder / ABOUT_FILE).write_text(describe_machine() + "\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-m", "gpu", "-n", str(processes), "--dist", "worksteal", "tests/gpu"]
    code = subprocess.run(command, cwd=ROOT, env={**os.environ, **ONE_THREAD, RECORD: str(folder)}).returncode
    minutes = (time.perf_counter() - started) / 60
    with (folder / ABOUT_FILE).open("a", encoding="utf-8") as file:
        file.write(f"It took {minutes:.1f} minutes, {processes} processes side by side on {os.cpu_count()} cores.\n")
    return code


def write_page(folders: Sequence[Path], page: Path = PAGE) -> bool:
    """Write the verdicts in folders to docs/gpu.md; return False, and change nothing, if they compare nothing."""
    found = [
        Verdict(**json.loads(line))
        for folder in folders
        for path in sorted(folder.glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    pairs = pairs_of(found)
    if not pairs:
        print(f"no answer has a verdict in both places; {page} was left as it is", file=sys.stderr)
        return False
    about = " ".join(part for folder in folders for part in _read_about(folder))
    parts = [
        about,
        describe_sandbox(found),
        count_compared(pairs),
        render_table(pairs).rstrip(),
        list_differences(pairs).rstrip(),
    ]
    text = page.read_text(encoding="utf-8")
    head = text[: text.rindex(HEADING)]
    page.write_text(f"{head}{HEADING}\n" + "\n\n".join(_wrap(part) for part in parts if part) + "\n", encoding="utf-8")
    print(f"written: {page}")
    return True


def _read_about(folder: Path) -> list[str]:
    path = folder / ABOUT_FILE
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def _wrap(text: str) -> str:
    """Wrap a paragraph as the page is wrapped; leave tables and lists alone."""
    return text if "\n" in text else textwrap.fill(text, 120, break_long_words=False, break_on_hyphens=False)


def describe_machine() -> str:
    """Return a sentence about the machine and its versions."""
    torchvision = importlib.metadata.version("torchvision")
    driver = re.search(r"\b\d{3}\.\d+(\.\d+)?\b", DRIVER.read_text()) if DRIVER.exists() else None
    return (
        f"{time.strftime('%Y-%m-%d')}: {torch.cuda.get_device_name()}, {f'driver {driver[0]}, ' if driver else ''}"
        f"CUDA {torch.version.cuda}, torch {torch.__version__}, torchvision {torchvision}, "
        f"Python {platform.python_version()}, {platform.system()} {platform.machine()}."
    )


def describe_sandbox(found: list[Verdict]) -> str:
    """Return a sentence about the verdicts in bubblewrap, or "" if there are none."""
    inside = {(v.chapter, v.kind): v for v in found if v.place == SANDBOX}
    references = {chapter: all(v.passed.values()) for (chapter, kind), v in inside.items() if kind == "reference"}
    sentences = []
    if references:
        failed = "".join(f", not {chapter}'s" for chapter, right in sorted(references.items()) if not right)
        sentences = [
            f"the references of {sum(references.values())} chapters get all points on `simulated+cuda`{failed}"
        ]
    for full in (v for (_, kind), v in inside.items() if kind == TOO_MUCH):
        statuses = (
            " and ".join(sorted({f"`{words.partition(':')[0]}`" for words in full.words.values()})) or "no failure"
        )
        sentences.append(f"a submission that asks for {TOO_MUCH} is {statuses}")
    return f"In bubblewrap, with `gpu = true`'s settings: {', and '.join(sentences)}." if sentences else ""


def count_compared(pairs: list[Pair]) -> str:
    """Return a sentence about how many of the course's answers were compared."""
    total = {chapter.name: len(answers(chapter)) for chapter in COURSE.chapters}
    missing = {name: count - sum(v.chapter == name for v, _ in pairs) for name, count in total.items()}
    if any(missing.values()):
        words = ", ".join(f"{count} of {name}" for name, count in missing.items() if count)
        return f"{len(pairs)} of {sum(total.values())} answers have a verdict in both places. Without one: {words}."
    return f"All {len(pairs)} answers have a verdict in both places."


def render_table(pairs: list[Pair]) -> str:
    """Return a table of the verdicts by chapter and kind of answer."""
    groups = [
        (chapter, kind, [pair for pair in pairs if (pair[0].chapter, pair[0].kind) == (chapter, kind)])
        for chapter in sorted({simulated.chapter for simulated, _ in pairs})
        for kind in KINDS
    ]
    return COLUMNS + "|---|---|---:|---:|---:|---:|---:|\n" + "".join(render_row(*group) for group in groups)


def render_row(chapter: str, kind: str, pairs: list[Pair]) -> str:
    """Return the row for one kind of answer to one chapter."""
    right = sum(all(cuda.passed.values()) for _, cuda in pairs)
    same = sum(not differing(*pair) and not any(map(broken, pair)) for pair in pairs)
    seconds = [f"{sum(pair[place].seconds for pair in pairs):.1f}" for place in (0, 1)]
    return "| " + " | ".join(map(str, [chapter, kind, len(pairs), right, same, *seconds])) + " |\n"


def list_differences(pairs: list[Pair]) -> str:
    """List the checks that passed in one place only or could not be judged, or say that there are none."""
    lines = [
        f"- {cuda.chapter}, {cuda.name}: {check} passes on {'cuda' if cuda.passed.get(check) else 'simulated'} only\n"
        for simulated, cuda in pairs
        for check in differing(simulated, cuda)
    ]
    lines += [
        f"- {verdict.chapter}, {verdict.name}: {check} could not be judged on {verdict.place}\n"
        for pair in pairs
        for verdict in pair
        for check in broken(verdict)
    ]
    if not lines:
        return "None of their checks had another verdict on CUDA.\n"
    return "Checks with different verdicts:\n\n" + "".join(lines)


if __name__ == "__main__":
    sys.exit(main())
