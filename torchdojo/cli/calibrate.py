"""`dojo calibrate`: measure what the reference reaches, and set thresholds by it."""

from __future__ import annotations

import datetime
import json
import platform
import secrets
import statistics
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import click
import torch

from torchdojo.authoring.threshold import safe_threshold
from torchdojo.cli.bars import counting
from torchdojo.cli.common import console, open_whole_course, pick
from torchdojo.course import Chapter, Course, CourseError
from torchdojo.grading.calibration import FALSE_FAILURE
from torchdojo.grading.grade import Grader, Settings
from torchdojo.grading.imports import modules_named_in
from torchdojo.probe import Probe
from torchdojo.sandbox.backend import NONE
from torchdojo.sandbox.worker import Worker
from torchdojo.worker.protocol import Call, Limits, Reply, Request


@click.command()
@click.argument("names", nargs=-1, metavar="[CHAPTER]...")
@click.option("--seeds", default=200, show_default=True, type=click.IntRange(20), help="Runs of the reference.")
@click.option("--jobs", default=2, show_default=True, type=click.IntRange(1), help="Runs at a time.")
@click.pass_context
def calibrate(context: click.Context, names: tuple[str, ...], seeds: int, jobs: int) -> None:
    """Train the reference over many seeds, and set each accuracy threshold by what it reached.

    Writes graders/CHAPTER/calibration.json: the values seen, the threshold, the machine and the versions.
    """
    course = open_whole_course(context)
    chapters = [pick(course, name)[0] for name in names] or list(course.chapters)
    for chapter in chapters:
        grader = Grader(course, chapter, Settings(NONE, b""))
        wanted = [probe for probe in grader.oracle.probes.values() if probe.calibrate]
        if not wanted:
            console().print(f"{chapter.name}: no probe has a threshold to calibrate", markup=False)
            continue
        record = {probe.name: _measure(course, chapter, probe, seeds, jobs) for probe in wanted}
        path = course.graders_folder(chapter) / "calibration.json"
        path.write_text(json.dumps(_document(record), indent=1) + "\n", encoding="utf-8")
        for name, entry in record.items():
            words = f"{name}: {entry['mean']:.4f} ± {entry['sd']:.4f}, threshold {entry['threshold']:.4f}"
            console().print(f"{chapter.name}: {words}", markup=False)


def _measure(course: Course, chapter: Chapter, probe: Probe, seeds: int, jobs: int) -> dict[str, Any]:
    """Return the distribution of a probe's calibrated output over fresh seeds, with its threshold."""
    path = course.graders_folder(chapter) / "probes.py"
    source = course.reference_file(chapter).read_bytes()
    limits = Limits(seconds=10 * chapter.check_seconds, memory=chapter.memory_mb * 2**20)
    modules = modules_named_in(source + b"\n" + path.read_bytes())
    workers = [Worker(NONE, [path]) for _ in range(jobs)]

    def share(index: int) -> list[float]:
        values = []
        for _ in range(index, seeds, jobs):
            call = Call(probe.name, {}, secrets.randbits(56))
            request = Request(chapter.name, source, f"{chapter.name}.py", (call,))
            reply = workers[index].run(request, path, limits, modules)
            if not reply.is_ok:
                raise CourseError(path, f"the reference ends as {reply.status}: {reply.message}", key=probe.name)
            values.append(_output(reply, path, probe))
            count.advance()
        return values

    with counting(probe.name, seeds) as count, ThreadPoolExecutor(jobs) as pool:
        values = sorted(value for part in pool.map(share, range(jobs)) for value in part)
    for worker in workers:
        worker.close()
    return {
        "output": probe.calibrate,
        "threshold": round(safe_threshold(values), 6),
        "false_failure": FALSE_FAILURE,
        "seeds": seeds,
        "mean": round(statistics.fmean(values), 6),
        "sd": round(statistics.stdev(values), 6),
        "values": [round(value, 6) for value in values],
    }


def _output(reply: Reply, path: Path, probe: Probe) -> float:
    """Return the number that a probe is calibrated by; CourseError if it gave none."""
    value = reply.outputs[0].get(str(probe.calibrate))
    if type(value) is not float:
        raise CourseError(path, f"returns no float of the name {probe.calibrate!r}", key=probe.name)
    return value


def _document(record: dict[str, Any]) -> dict[str, Any]:
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": {"processor": platform.machine(), "system": platform.system()},
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "probes": record,
    }
