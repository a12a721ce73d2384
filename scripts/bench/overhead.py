"""Time this engine's stages. The engine is not changed: its functions are timed from outside."""

from __future__ import annotations

import functools
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from scripts.bench.direct import SECRET, find_chapter
from scripts.bench.measure import ROOT, Setting, clock
from torchdojo.batch.store import Store
from torchdojo.course import load_course
from torchdojo.grading import grader as grade_module
from torchdojo.grading.diagnose import diagnose
from torchdojo.grading.grader import Grader, Settings
from torchdojo.grading.result import Result
from torchdojo.grading.slow_imports import find_slow_imports
from torchdojo.sandbox import worker as worker_module
from torchdojo.sandbox.choose import backend_named
from torchdojo.sandbox.worker import Worker
from torchdojo.worker.protocol import decode_reply

STAGES = ("load", "probes", "crossing", "compare", "diagnose", "store")


def measure(setting: Setting, chapter: str, sources: list[bytes]) -> dict[str, object]:
    """Return the seconds per submission of each stage and each check, and those of starting a worker."""
    course = load_course(ROOT)
    found = find_chapter(course, chapter)
    starts = [_time_start(course, found) for _ in range(setting.passes(5))]
    settings = Settings(backend_named("bubblewrap"), SECRET)
    probes = [course.graders_folder(one) / "probes.py" for one in course.chapters]
    stages: dict[str, list[float]] = defaultdict(list)
    by_check: dict[str, list[float]] = defaultdict(list)
    with Worker(settings.backend, probes) as worker, tempfile.TemporaryDirectory() as scratch:
        grader = Grader(course, found, settings, worker)
        with Store(Path(scratch) / "out", course) as store:
            grader.grade(sources[0])  # warm: the reference's answers, the worker
            for number, source in enumerate(sources):
                spent, result = _grade_timed(grader, store, source, number)
                for stage, seconds in spent.items():
                    stages[stage].append(seconds)
                for check in result.checks:
                    by_check[f"{check.exercise.name}/{check.check}"].append(check.seconds)
            checks = len(by_check)
    return {"stages": {"start": starts, **stages}, "checks": checks, "by_check": dict(by_check)}


def _time_start(course: Any, chapter: Any) -> float:
    path = course.graders_folder(chapter) / "probes.py"
    with Worker(backend_named("bubblewrap"), [path]) as worker, clock() as seconds:
        worker.start()
        worker.prepare(path, find_slow_imports(path.read_bytes()))
    return seconds[0]


def _grade_timed(grader: Grader, store: Store, source: bytes, number: int) -> tuple[dict[str, float], Result]:
    spent: dict[str, float] = defaultdict(float)
    inside: list[float] = []
    run = grader.worker.run

    def timed_run(request: Any, *arguments: Any, **named: Any) -> Any:
        inside.clear()
        started = time.perf_counter()
        try:
            return run(request, *arguments, **named)
        finally:
            seconds = time.perf_counter() - started
            own = min(seconds, sum(inside))
            stages = {"probes": own, "crossing": seconds - own} if request.calls else {"load": seconds}
            for stage, part in stages.items():
                spent[stage] += part

    def reply_with_time(*arguments: Any) -> Any:
        reply = decode_reply(*arguments)
        inside.append(reply.seconds)
        return reply

    def timed(stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def inner(*arguments: Any, **named: Any) -> Any:
            started = time.perf_counter()
            try:
                return function(*arguments, **named)
            finally:
                spent[stage] += time.perf_counter() - started

        return inner

    with (
        patch.object(grader.worker, "run", timed_run),
        patch.object(worker_module, "decode_reply", reply_with_time),
        patch.object(grade_module, "diagnose", timed("diagnose", diagnose)),
        clock() as whole,
    ):
        result = grader.grade(source)
    with clock() as stored:
        store.save(f"student{number}", result, "version", source)
    rest = whole[0] - sum(spent.values())
    return {**{name: spent[name] for name in STAGES}, "compare": rest, "store": stored[0]}, result
