"""Time this engine's stages. The engine is not changed: its functions are timed from outside."""

from __future__ import annotations

import contextlib
import functools
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest.mock import patch

from scripts.bench.direct import find_chapter
from scripts.bench.engine import new_job
from scripts.bench.measure import ROOT, Setting, clock
from scripts.bench.ways import STAGES_PER_SUBMISSION
from torchdojo.batch.grader_cache import GraderCache
from torchdojo.batch.store import Store
from torchdojo.course import Chapter, Course, load_course
from torchdojo.grading import grader as grader_module
from torchdojo.grading.ahead import Ahead
from torchdojo.grading.oracle import ReferenceOracle
from torchdojo.grading.result import Result
from torchdojo.grading.slow_imports import find_slow_imports
from torchdojo.sandbox import worker as worker_module
from torchdojo.sandbox.choose import backend_named
from torchdojo.sandbox.worker import Worker
from torchdojo.worker.protocol import Reply, Request, decode_reply

WHOLE = ("changes", "diagnose")  # whatever these ask belongs to them
STARTS = 3


def measure(setting: Setting, chapter: str, sources: list[bytes]) -> dict[str, object]:
    """Return the seconds per submission of each stage, of its own code and of each check; those of starting a worker.

    The grading process spends its time in one stage after the other. The submission's own code ("probes") runs beside
    them, in the sandbox.
    """
    course = load_course(ROOT)
    found = find_chapter(course, chapter)
    starts = [_time_start(course, found) for _ in range(setting.passes(STARTS))]
    stages: dict[str, list[float]] = defaultdict(list)
    by_check: dict[str, list[float]] = defaultdict(list)
    with (
        closing(GraderCache(ROOT, backend_named("bubblewrap"))) as graders,
        tempfile.TemporaryDirectory() as scratch,
        Store(Path(scratch) / "out", course) as store,
    ):
        for turn in (b"first", b"second"):
            graders.grade(new_job("warm", chapter, sources[0] + b"# %s warm-up\n" % turn))
        for number, source in enumerate(sources):
            spent, result = _grade_timed(graders, store, chapter, source, number)
            for stage, seconds in spent.items():
                stages[stage].append(seconds)
            for check in result.checks:
                by_check[f"{check.exercise.name}/{check.check}"].append(check.seconds)
    probes = stages.pop("probes")
    return {"stages": {"start": starts, **stages}, "probes": probes, "checks": len(by_check), "by_check": by_check}


def _time_start(course: Course, chapter: Chapter) -> float:
    path = course.probes_file(chapter)
    with Worker(backend_named("bubblewrap"), [path]) as worker, clock() as seconds:
        worker.start()
        worker.prepare(path, find_slow_imports(path.read_bytes()))
    return seconds[0]


class _StageClock:
    """Tells the seconds that are spent in each stage; in none of the others is "compare"."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)
        self._stage = "compare"
        self._since = time.perf_counter()

    def _enter(self, stage: str) -> str:
        """Enter a stage; return the one that ends."""
        now = time.perf_counter()
        self.spent[self._stage] += now - self._since
        before, self._stage, self._since = self._stage, stage, now
        return before

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Spend the block in a stage."""
        before = self._enter(self._stage if self._stage in WHOLE else name)
        try:
            yield
        finally:
            self._enter(before)

    def timed(self, function: Callable[..., Any], stage_of: Callable[..., str]) -> Callable[..., Any]:
        """Return a function whose time counts for a stage. stage_of: returns which one, given its arguments"""

        @functools.wraps(function)
        def inner(*arguments: Any, **named: Any) -> Any:
            with self.stage(stage_of(*arguments)):
                return function(*arguments, **named)

        return inner


@contextlib.contextmanager
def own_code() -> Iterator[list[float]]:
    """Yield a list that receives the CPU seconds of each answer of a submission in this process's workers."""
    seconds: list[float] = []

    def noted(data: bytes, max_bytes: int, calls: int) -> Reply:
        reply = decode_reply(data, max_bytes, calls)
        seconds.append(reply.seconds if calls else 0.0)
        return reply

    with patch.object(worker_module, "decode_reply", noted):
        yield seconds


def _grade_timed(
    graders: GraderCache, store: Store, chapter: str, source: bytes, number: int
) -> tuple[dict[str, float], Result]:
    job = new_job(number, chapter, source)
    with contextlib.ExitStack() as patches:
        own = patches.enter_context(own_code())
        watch = _StageClock()

        def note(owner: Any, name: str, stage_of: Callable[..., str]) -> None:
            patches.enter_context(patch.object(owner, name, watch.timed(getattr(owner, name), stage_of)))

        note(Worker, "run", _stage_of_request)
        note(Worker, "next_reply", lambda *_: "wait")
        note(ReferenceOracle, "_run", lambda *_: "reference")
        note(Ahead, "find_changes", lambda *_: "changes")
        note(grader_module, "diagnose", lambda *_: "diagnose")
        result = graders.grade(job)
        with watch.stage("store"):
            store.save(f"student{number}", result, "version", source)
    spent = {stage: watch.spent[stage] for stage in STAGES_PER_SUBMISSION}
    return {**spent, "probes": sum(own)}, result


def _stage_of_request(worker: Worker, request: Request, *_: Any) -> str:
    return "alone" if request.calls else "load"
