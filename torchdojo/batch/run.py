"""Grade what was collected, one submission after another, chapter by chapter."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from torchdojo.batch.collect import Handed
from torchdojo.batch.store import Store
from torchdojo.course import Chapter, Course, CourseError
from torchdojo.grading import Grader, Result, Settings
from torchdojo.sandbox import Worker, WorkerError

OnResult = Callable[[Handed, Result], None]


class Batch:
    """A grading run: one worker and one grader a chapter, warm from the first submission to the last."""

    def __init__(self, course: Course, settings: Settings, store: Store) -> None:
        self.course = course
        self.settings = settings
        self.store = store
        self._worker = Worker(settings.tier, [course.graders(chapter) / "probes.py" for chapter in course.chapter])
        self._graders: dict[str, Grader] = {}

    def run(self, handed: Iterable[Handed], on_result: OnResult) -> None:
        """Grade each file and keep its result at once; a submission that breaks the grader costs nobody else."""
        try:
            for one in handed:
                result = self._grade(one)
                self.store.keep(result.plain(one.student))
                on_result(one, result)
        finally:
            self._worker.close()

    def _grade(self, one: Handed) -> Result:
        grader = self._grader(one.chapter)
        try:
            return grader.grade(one.source, f"{one.chapter.name}.py")
        except CourseError:
            raise
        except (WorkerError, Exception) as error:
            return Result(
                chapter=one.chapter.name,
                status="grader_error",
                checks=[],
                sandbox=self.settings.tier.name,
                device="cpu",
                seconds=0.0,
                submission="",
                graders="",
                message=f"{type(error).__name__}: {error}",
            )

    def _grader(self, chapter: Chapter) -> Grader:
        if chapter.name not in self._graders:
            self._graders[chapter.name] = Grader(self.course, chapter, self.settings, self._worker)
        return self._graders[chapter.name]
