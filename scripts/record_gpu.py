"""Grade right answers and mistakes on the simulated accelerator and on CUDA, and write both verdicts to docs/gpu.md.

    python scripts/record_gpu.py [--device simulated]

Only the part of docs/gpu.md below its last heading is replaced. `--device simulated` prints the table of the simulated
accelerator alone, on a machine without CUDA, and writes nothing.
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
from collections import Counter
from pathlib import Path

import torch
import torchvision

from torchdojo.batch import Job, run_jobs
from torchdojo.course import Chapter, load_course
from torchdojo.grading import Result
from torchdojo.sandbox import NONE
from torchdojo.verify import Subject, subjects_of

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "gpu.md"
HEADING = "## The recorded run\n"
COLUMNS = "| chapter | kind | graded | passed all | same verdict on both | seconds simulated | seconds cuda |\n"
KINDS = ("reference", "accepted", "mistake")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=["simulated", "cuda"], default="cuda")
    devices = ("simulated",) if parser.parse_args().device == "simulated" else ("simulated", "cuda")
    if "cuda" in devices and not torch.cuda.is_available():
        sys.exit("record_gpu.py: torch sees no CUDA device; nothing was written")
    rows = [row for chapter in load_course(ROOT).chapter for row in rows_of(chapter, devices)]
    table = COLUMNS + "|---|---|---:|---:|---:|---:|---:|\n" + "".join(rows)
    if devices == ("simulated",):
        print(table)
        return
    text = PAGE.read_text(encoding="utf-8")
    head = text[: text.rindex(HEADING)]
    PAGE.write_text(f"{head}{HEADING}\n{machine()}\n\n{table}", encoding="utf-8")


def machine() -> str:
    return (
        f"{time.strftime('%Y-%m-%d')}: {torch.cuda.get_device_name()}, CUDA {torch.version.cuda}, "
        f"torch {torch.__version__}, torchvision {torchvision.__version__}, Python {platform.python_version()}, "
        f"{platform.system()} {platform.machine()}."
    )


def rows_of(chapter: Chapter, devices: tuple[str, ...]) -> list[str]:
    subjects = [s for s in subjects_of(load_course(ROOT), chapter) if s.expectation.kind in KINDS]
    graded = {device: grade(chapter, subjects, device) for device in devices}
    rows = []
    for kind in KINDS:
        names = [s.name for s in subjects if s.expectation.kind == kind]
        right = sum(all(passed(graded[devices[-1]][name]).values()) for name in names)
        same = sum(len({frozenset(passed(graded[d][name]).items()) for d in devices}) == 1 for name in names)
        seconds = Counter({d: sum(graded[d][name].seconds for name in names) for d in devices})
        cells = [chapter.name, kind, len(names), right, same, f"{seconds['simulated']:.1f}", f"{seconds['cuda']:.1f}"]
        rows.append("| " + " | ".join(map(str, cells)) + " |\n")
    return rows


def grade(chapter: Chapter, subjects: list[Subject], device: str) -> dict[str, Result]:
    jobs = [Job(s.name, chapter.name, s.source, b"record", s.only, accelerators=(device,)) for s in subjects]
    return {job.label: result for job, result in run_jobs(ROOT, NONE, jobs, 1)}


def passed(result: Result) -> dict[str, bool]:
    return {f"{check.exercise}/{check.check}": check.status == "passed" for check in result.checks}


if __name__ == "__main__":
    main()
