"""Grade what was collected, on several cores, and keep each result the moment it exists."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torchdojo.batch.collect import Handed
from torchdojo.batch.pool import Job, run_jobs
from torchdojo.batch.store import Store
from torchdojo.course import Course
from torchdojo.grading import Result, Settings

OnResult = Callable[[Handed, Result], None]


class Batch:
    """A grading run. processes: how many cores it uses"""

    def __init__(self, course: Course, settings: Settings, store: Store, processes: int = 1) -> None:
        self.course = course
        self.settings = settings
        self.store = store
        self.processes = processes

    def run(self, handed: Sequence[Handed], on_result: OnResult) -> None:
        """Grade each file and keep its result at once; a submission that breaks the grader costs nobody else."""
        jobs = [Job(index, one.chapter.name, one.source, self.settings.secret) for index, one in enumerate(handed)]
        for job, result in run_jobs(self.course.root, self.settings.tier, jobs, min(self.processes, len(jobs))):
            one = handed[job.label]
            self.store.keep(result.plain(one.student))
            on_result(one, result)
