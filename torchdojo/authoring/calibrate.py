"""Measure what the reference reaches by training, and record thresholds for it."""

from __future__ import annotations

import datetime
import json
import platform
import secrets
import statistics
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch

from torchdojo.authoring.threshold import safe_threshold
from torchdojo.course import Chapter, Course, CourseError
from torchdojo.files import write_atomically
from torchdojo.grading.calibration import FALSE_FAILURE_RATE
from torchdojo.grading.grader import Grader, Settings
from torchdojo.grading.slow_imports import find_slow_imports
from torchdojo.probe import Draw, Probe
from torchdojo.sandbox.backend import NONE
from torchdojo.sandbox.worker import Worker
from torchdojo.wire import unwrap_tensors
from torchdojo.worker.protocol import Call, Limits, Reply, Request


def calibrated_probes(course: Course, chapter: Chapter) -> list[Probe]:
    """Return the probes of a chapter that have a threshold."""
    grader = Grader(course, chapter, Settings(NONE, b""))
    return [probe for probe in grader.oracle.probes.values() if probe.calibrate]


def calibrate_probe(
    course: Course, chapter: Chapter, probe: Probe, seeds: int, jobs: int, advance: Callable[[], None]
) -> dict[str, Any]:
    """Return the distribution of a probe's calibrated output over fresh seeds, with its threshold.

    jobs: how many runs at a time; advance: called after each run. CourseError if the reference fails
    """
    path = course.probes_file(chapter)
    source = course.reference_file(chapter).read_bytes()
    limits = Limits(seconds=10 * chapter.check_seconds, memory=chapter.memory_mb * 2**20)
    modules = find_slow_imports(source + b"\n" + path.read_bytes(), chapter.kind)
    workers = [Worker(NONE, [path], kind=chapter.kind) for _ in range(jobs)]

    def share(index: int) -> list[float]:
        values = []
        for _ in range(index, seeds, jobs):
            call = Call(probe.name, {}, secrets.randbits(56))
            request = Request(chapter.name, source, f"{chapter.name}.py", (call,))
            reply = workers[index].run(request, path, limits, modules)
            if not reply.is_ok:
                raise CourseError(path, f"the reference ends as {reply.status}: {reply.message}", key=probe.name)
            values.append(_measure(probe, call, reply, path))
            advance()
        return values

    with ThreadPoolExecutor(jobs) as pool:
        values = sorted(value for part in pool.map(share, range(jobs)) for value in part)
    for worker in workers:
        worker.close()
    return {
        "threshold": round(safe_threshold(values), 6),
        "false_failure": FALSE_FAILURE_RATE,
        "seeds": seeds,
        "mean": round(statistics.fmean(values), 6),
        "sd": round(statistics.stdev(values), 6),
        "values": [round(value, 6) for value in values],
    }


def _measure(probe: Probe, call: Call, reply: Reply, path: Path) -> float:
    """Return the number that a probe is calibrated by, of the reference's reply. CourseError if there is none."""
    assert probe.calibrate is not None
    value = probe.calibrate(unwrap_tensors(reply.outputs[0]), Draw(call.seed))
    if type(value) is not float:
        raise CourseError(path, f"{probe.calibrate.__name__} returns no float", key=probe.name)
    return value


def write_calibrations(course: Course, chapter: Chapter, calibrations: dict[str, Any]) -> None:
    """Write graders/CHAPTER/calibration.json, with the machine and the versions. calibrations: by the probe's name"""
    document = {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": {"processor": platform.machine(), "system": platform.system()},
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "probes": calibrations,
    }
    write_atomically(course.graders_folder(chapter) / "calibration.json", json.dumps(document, indent=1) + "\n")
