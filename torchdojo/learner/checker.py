"""Check a learner's own files: one worker, and one grader per chapter, kept warm."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from torchdojo.course import Chapter, Course, Exercise
from torchdojo.errors import InstallationError
from torchdojo.grading.slow_imports import find_slow_imports
from torchdojo.grading.status import ResultStatus
from torchdojo.source.files import ParsedSource, SourceError, read_source
from torchdojo.source.imports import describe_missing, missing_in_grading
from torchdojo.source.repair import read_around_errors

if TYPE_CHECKING:
    from torchdojo.grading.grader import Grader
    from torchdojo.grading.result import CheckResult, Result
    from torchdojo.sandbox.backend import WorkerProcess
    from torchdojo.sandbox.worker import Worker


@dataclass(frozen=True)
class ChapterCheck:
    """The result of checking a chapter, or some of its exercises.

    exercises: those that were checked
    warnings: what will be missing in grading
    installation_problem: why nothing could be checked, "" if everything was; with one, `result` holds no checks
    is_untouched: whether every exercise is still to do, and `result` holds no checks because of that
    """

    chapter: Chapter
    path: Path
    result: Result
    exercises: tuple[Exercise, ...]
    installation_problem: str = ""
    by_exercise: dict[str, list[CheckResult]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    is_untouched: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether every exercise of the chapter that has checks was checked."""
        return len(self.exercises) == len(self.chapter.graded_exercises)

    @property
    def all_passed(self) -> bool:
        """Whether no check failed, and no exercise is still to do."""
        return (
            not self.is_untouched
            and self.result.status is ResultStatus.GRADED
            and all(c.status.is_done for c in self.result.checks)
        )

    def is_wrong(self, exercise: Exercise) -> bool:
        """Whether a check of this exercise failed. An exercise that is still to do is not wrong."""
        return any(check.status.is_wrong for check in self.checks(exercise))

    def checks(self, exercise: Exercise) -> list[CheckResult]:
        """Return the checks of one exercise."""
        return self.by_exercise.get(exercise.name, [])


class Checker:
    """Checks the chapters in a folder of exercise files. Only the first check imports torch."""

    def __init__(self, course: Course, folder: Path, worker: Worker) -> None:
        self.course = course
        self.folder = folder
        self.worker = worker
        self._graders: dict[str, Grader] = {}

    def check(
        self,
        chapter: Chapter,
        exercises: Sequence[Exercise] = (),
        source: ParsedSource | SourceError | None = None,
        stop: Callable[[], bool] = lambda: False,
    ) -> ChapterCheck:
        """Check a chapter, or these exercises of it. WorkerError if no worker can be started.

        exercises: with checks, () for all that have some
        source: the file's text, or the error of reading it; None to read it here
        stop: called before each check; if it returns True, GradingStopped is raised
        """
        path = self.folder / f"{chapter.name}.py"
        chosen = tuple(exercises) or tuple(chapter.graded_exercises)
        if source is None:
            source = read_around_errors(path)
        problem = self._installation_problem(chapter, source.source if isinstance(source, ParsedSource) else b"")
        if problem:
            return ChapterCheck(chapter, path, self._no_result(chapter, problem), chosen, problem)
        only = [exercise.name for exercise in exercises] or None
        result = self._grader(chapter).grade(source, only, stop)
        by_exercise: dict[str, list[CheckResult]] = {}
        for check in result.checks:
            by_exercise.setdefault(check.exercise.name, []).append(check)
        return ChapterCheck(
            chapter, path, result, chosen, by_exercise=by_exercise, warnings=missing_imports(source, result)
        )

    def prepare(self, chapter: Chapter, exercise: Exercise) -> None:
        """Load what checking this exercise will need, so that the check itself is fast."""
        try:
            source = read_source(self.folder / f"{chapter.name}.py")
        except SourceError:
            source = b""
        if not self._installation_problem(chapter, source):
            self._grader(chapter).warm_up(source, [exercise.name])

    def _grader(self, chapter: Chapter) -> Grader:
        from torchdojo.grading.accelerators import available_accelerators
        from torchdojo.grading.grader import PUBLIC_SECRET, Grader, Settings

        if chapter.name not in self._graders:
            settings = Settings(self.worker.backend, PUBLIC_SECRET, available_accelerators(self.course))
            self._graders[chapter.name] = Grader(self.course, chapter, settings, self.worker)
        return self._graders[chapter.name]

    def _installation_problem(self, chapter: Chapter, source: bytes) -> str:
        """Return why this machine cannot check the chapter, whatever its code is; "" if it can."""
        probes = self.course.probes_file(chapter)
        texts = source + (probes.read_bytes() if probes.is_file() else b"")
        if "torchvision" not in find_slow_imports(texts, chapter.kind):
            return ""
        from torchdojo.data.vision import prepare_torchvision

        try:
            prepare_torchvision()
        except Exception as error:
            return f"torchvision cannot be imported ({type(error).__name__}: {error})"
        return ""

    def _no_result(self, chapter: Chapter, problem: str) -> Result:
        from torchdojo.grading.result import Result

        return Result(
            chapter=chapter.name,
            status=ResultStatus.GRADER_ERROR,
            checks=[],
            sandbox=self.worker.backend.name,
            device="simulated",
            seconds=0.0,
            submission="",
            graders="",
            message=problem,
        )


def missing_imports(source: ParsedSource | SourceError, result: Result) -> tuple[str, ...]:
    """Return what to say about imports that grading does not provide, those aside that a note is about already."""
    missing = {} if isinstance(source, SourceError) else missing_in_grading(source)
    noted = " ".join(result.notes)
    return tuple(describe_missing(name, line) for name, line in missing.items() if f"named '{name}" not in noted)


class StartingWorker:
    """A worker's process, which imports torch while this process does other things; `finish` returns the worker.

    kind: of the chapter that is checked first
    """

    def __init__(self, course: Course, sandbox: str, kind: str = "torch") -> None:
        from torchdojo.sandbox.choose import backend_named

        self.course = course
        self.sandbox = sandbox
        self._kind = kind
        self._backend = backend_named(sandbox)
        self._probes = [course.probes_file(chapter) for chapter in course.chapters]
        self._process: WorkerProcess | None = None
        with contextlib.suppress(OSError):  # the worker reports it
            self._process = self._backend.start(self._probes, course.gpu, kind)

    def __enter__(self) -> StartingWorker:
        return self

    def __exit__(self, *_: object) -> None:
        """Kill the process if it belongs to no worker."""
        if self._process is not None:
            self._process.kill()

    def finish(self) -> Worker:
        """Import torch here too, and return the worker without waiting for it.

        InstallationError if torch cannot be imported.
        """
        require_torch()
        from torchdojo.sandbox.worker import Worker

        worker = Worker(self._backend, self._probes, self.course.gpu, self._process, self._kind)
        self._process = None
        worker.start()
        return worker


def start_worker(course: Course, sandbox: str, kind: str = "torch") -> Worker:
    """Start a worker and import torch here, at the same time. InstallationError if torch cannot be imported.

    kind: of the chapter that is checked first
    """
    with StartingWorker(course, sandbox, kind) as starting:
        return starting.finish()


def require_torch() -> None:
    """Raise InstallationError unless torch can be imported."""
    gc.disable()  # it would look at a million objects that stay
    try:
        import torch

        _ = torch.Tensor, torch.nn.Module
    except Exception as error:
        message = " ".join(str(error).split())[:300]
        raise InstallationError(f"torch cannot be imported ({type(error).__name__}: {message})") from None
    finally:
        gc.freeze()
        gc.enable()
