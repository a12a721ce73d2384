"""What one process keeps to grade jobs: a course, a sandboxed worker, and a grader per chapter."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from torchdojo.batch.jobs import Attempt, Job, grader_error_result
from torchdojo.course import Course, CourseError, load_course
from torchdojo.grading.accelerators import available_accelerators
from torchdojo.grading.result import Result
from torchdojo.sandbox.backend import SandboxBackend
from torchdojo.sandbox.errors import WorkerError
from torchdojo.sandbox.selftest.runner import PROBES, SelfTest, selftest_worker
from torchdojo.sandbox.worker import Worker
from torchdojo.worker.protocol import Limits

if TYPE_CHECKING:  # it imports torch, meanwhile the worker should start
    from torchdojo.grading.grader import Grader


class GraderCache:
    """One process's course, worker, and last grader of each chapter."""

    def __init__(self, root: Path, backend: SandboxBackend) -> None:
        self.course: Course = load_course(root)
        self.backend = backend
        self.accelerators = available_accelerators(self.course)
        probes = [self.course.probes_file(chapter) for chapter in self.course.chapters]
        self.worker = Worker(backend, [*probes, PROBES])
        self._graders: dict[str, Grader] = {}

    def start_worker(self) -> None:
        """Start the worker without waiting for it. If it does not start, whoever needs it will say so."""
        if "cuda" in self.accelerators:
            self.worker.allow_gpu()
        with suppress(WorkerError):
            self.worker.start()

    def require_checks(self, chapters: Iterable[str]) -> None:
        """Collect the checks and known mistakes of chapters. CourseError if one is wrong, or points do not add up."""
        for name in chapters:
            grader = self._grader(Job("", name, b"", b""))
            grader.checks()
            _ = grader.oracle.mistakes

    def selftest(self) -> list[SelfTest]:
        """Test the sandbox with the worker that will run submissions."""
        return selftest_worker(self.worker)

    def grade(self, job: Job) -> Result:
        """Grade a job, a second time if the machine was too busy at first; CourseError if the course is broken."""
        attempt = self.attempt(job)
        return self.attempt(job).result if attempt.starved else attempt.result

    def attempt(self, job: Job) -> Attempt:
        """Grade a job once. What fails in the engine becomes a grader error; CourseError if the course is broken."""
        from torchdojo.grading.words import withhold_words

        self.worker.starved = False
        try:
            grader = self._grader(job)
            if job.transform is not None:
                return Attempt(grader.grade_altered_reference(job.transform, job.only))
            if job.replays:
                return Attempt(grader.grade_replayed(job.only))
            if job.in_process:
                assert isinstance(job.source, bytes)
                return Attempt(grader.grade_in_process(job.source, job.only))
            result = grader.grade(job.source, job.only, diagnoses=job.diagnoses)
            if job.withholds:
                result = withhold_words(result, job.source)
            return Attempt(result, self.worker.starved)
        except CourseError:
            raise
        except Exception as error:
            result = grader_error_result(job, self.backend, f"{type(error).__name__}: {error}")
            return Attempt(result, self.worker.starved)

    def _grader(self, job: Job) -> Grader:
        """Return the chapter's grader, with the job's secret."""
        from torchdojo.grading.grader import Grader, Settings

        settings = Settings(self.backend, job.secret, job.accelerators or self.accelerators)
        grader = self._graders.get(job.chapter)
        if grader is None or replace(grader.settings, secret=job.secret) != settings:
            chapter = self.course.find(job.chapter)
            assert chapter is not None
            grader = self._graders[job.chapter] = Grader(self.course, chapter, settings, self.worker)
        grader.settings = settings
        chapter = grader.chapter
        seconds = min(job.seconds or chapter.check_seconds, chapter.check_seconds)
        grader.limits = Limits(seconds=seconds, memory=chapter.memory_mb * 2**20)
        return grader

    def close(self) -> None:
        """Stop the worker."""
        self.worker.close()
