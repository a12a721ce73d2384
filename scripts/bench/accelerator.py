"""Time the simulated accelerator and the CPU: the same probes on the same inputs, on the reference."""

from __future__ import annotations

import time
from typing import Any

from scripts.bench.direct import SECRET
from scripts.bench.measure import ROOT, Setting
from torchdojo.course import load_course
from torchdojo.grading.grader import Grader, Settings
from torchdojo.grading.oracle import ReferenceOracle
from torchdojo.sandbox.choose import backend_named

PASSES = 5


def measure(setting: Setting) -> dict[str, object]:
    """Return, by chapter, the seconds per pass of its placement questions on "cpu" and on "simulated"."""
    course = load_course(ROOT)
    found = {}
    for chapter in course.chapters:
        grader = Grader(course, chapter, Settings(backend_named("none"), SECRET))
        oracle = grader.oracle
        assert isinstance(oracle, ReferenceOracle)
        asked: dict[str, tuple[Any, ...]] = {}
        for _, exchanges in grader.dry_run():
            asked |= {repr(item.calls): item.calls for item in exchanges if item.device == "simulated"}
        if not asked:
            continue
        seconds: dict[str, list[float]] = {"cpu": [], "simulated": []}
        for turn in range(setting.passes(PASSES) + 1):
            for device, times in seconds.items():
                started = time.perf_counter()
                for calls in asked.values():
                    oracle._run(oracle.reference, calls, device)
                if turn:  # the first warms up
                    times.append(time.perf_counter() - started)
        found[chapter.name] = {**seconds, "questions": len(asked)}
        grader.close()
    return {"chapters": found}
