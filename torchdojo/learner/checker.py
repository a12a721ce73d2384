"""Check a learner's own files: one worker and one grader a chapter, kept warm."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from torchdojo.course import Chapter, Course, Exercise
from torchdojo.errors import InstallationError
from torchdojo.grading.slow_imports import modules_named_in
from torchdojo.grading.status import ResultStatus
from torchdojo.source.files import SourceError, read_source

if TYPE_CHECKING:
    from torchdojo.grading.grader import Grader
    from torchdojo.grading.result import CheckResult, Result
    from torchdojo.sandbox.worker import Worker


@dataclass(frozen=True)
class Checked:
    """What checking exercises of a chapter gave.

    exercises: those that were checked; whole: whether that is all of the chapter
    trouble: why nothing could be checked, if it is the installation's fault; `result` then holds no checks
    """

    chapter: Chapter
    path: Path
    result: Result
    exercises: tuple[Exercise, ...]
    trouble: str = ""
    by_exercise: dict[str, list[CheckResult]] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Whether every exercise of the chapter was checked."""
        return len(self.exercises) == len(self.chapter.exercises)

    @property
    def all_passed(self) -> bool:
        """Whether nothing is left to do in what was checked."""
        return self.result.status is ResultStatus.GRADED and all(c.status.is_done for c in self.result.checks)

    def checks_of(self, exercise: Exercise) -> list[CheckResult]:
        """The checks of one exercise."""
        return self.by_exercise.get(exercise.name, [])


class Checker:
    """Checks chapters, or some exercises of one, in a folder of exercise files. It waits for torch when it must."""

    def __init__(self, course: Course, folder: Path, worker: Worker) -> None:
        self.course = course
        self.folder = folder
        self.worker = worker
        self._graders: dict[str, Grader] = {}

    def check(
        self,
        chapter: Chapter,
        exercises: Sequence[Exercise] = (),
        source: bytes | SourceError | None = None,
        stop: Callable[[], bool] = lambda: False,
    ) -> Checked:
        """Check a chapter, or these exercises of it. WorkerError if no worker can be had.

        source: the file's text if it has been read already
        stop: asked before each check; GradingStopped if it says yes
        """
        path = self.folder / f"{chapter.name}.py"
        chosen = tuple(exercises) or tuple(chapter.exercises)
        if source is None:
            try:
                source = read_source(path)
            except SourceError as error:
                source = error
        trouble = self._trouble(chapter, source)
        if trouble:
            return Checked(chapter, path, self._nothing(chapter, trouble), chosen, trouble)
        only = [exercise.name for exercise in exercises] or None
        result = self._grader(chapter).grade(source, path.name, only, stop)
        by_exercise: dict[str, list[CheckResult]] = {}
        for found in result.checks:
            by_exercise.setdefault(found.exercise.name, []).append(found)
        return Checked(chapter, path, result, chosen, by_exercise=by_exercise)

    def warm(self, chapter: Chapter, exercise: Exercise) -> None:
        """Get ready what checking this exercise will need, as far as this machine allows."""
        try:
            source = read_source(self.folder / f"{chapter.name}.py")
        except SourceError:
            source = b""
        if not self._trouble(chapter, source):
            self._grader(chapter).warm(source, [exercise.name])

    def _grader(self, chapter: Chapter) -> Grader:
        from torchdojo.grading.grader import PUBLIC_SECRET, Grader, Settings, accelerators_of

        if chapter.name not in self._graders:
            settings = Settings(self.worker.backend, PUBLIC_SECRET, accelerators_of(self.course))
            self._graders[chapter.name] = Grader(self.course, chapter, settings, self.worker)
        return self._graders[chapter.name]

    def _trouble(self, chapter: Chapter, source: bytes | SourceError) -> str:
        """Return why the chapter cannot be checked on this machine whatever its code is, or nothing."""
        probes = self.course.graders_folder(chapter) / "probes.py"
        texts = (source if isinstance(source, bytes) else b"") + (probes.read_bytes() if probes.is_file() else b"")
        if "torchvision" not in modules_named_in(texts):
            return ""
        from torchdojo.data.vision import prepare_torchvision

        try:
            prepare_torchvision()
        except Exception as error:
            return f"torchvision cannot be imported ({type(error).__name__}: {error})"
        return ""

    def _nothing(self, chapter: Chapter, trouble: str) -> Result:
        from torchdojo.grading.result import Result

        return Result(
            chapter.name, ResultStatus.GRADER_ERROR, [], self.worker.backend.name, "simulated", 0.0, "", "", trouble
        )


def start_worker(course: Course, sandbox: str) -> Worker:
    """Start a worker, and do not wait for it: it imports torch at the same time as this process does."""
    from torchdojo.sandbox.choose import backend_named

    backend, probes = (
        backend_named(sandbox),
        [course.graders_folder(chapter) / "probes.py" for chapter in course.chapters],
    )
    pending = None
    with contextlib.suppress(OSError):  # the worker reports it
        pending = backend.start(probes, course.gpu)
    try:
        require_torch()
        from torchdojo.sandbox.worker import Worker

        worker = Worker(backend, probes, course.gpu, pending)
    except BaseException:
        if pending is not None:
            pending.kill()
        raise
    worker.start()
    return worker


def require_torch() -> None:
    """Raise InstallationError unless torch can be imported."""
    try:
        import torch

        _ = torch.Tensor, torch.nn.Module
    except Exception as error:
        words = " ".join(str(error).split())[:300]
        raise InstallationError(f"torch cannot be imported ({type(error).__name__}: {words})") from None
