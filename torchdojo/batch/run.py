"""Grade what was collected, on several cores; skip what is graded already, keep each result the moment it exists."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import closing

from torchdojo.batch.collect import Submissions, SubmittedFile
from torchdojo.batch.policy import adjust, is_adjusted
from torchdojo.batch.pool import Job, Results, run_jobs
from torchdojo.batch.results import ResultSummary
from torchdojo.batch.roster import Roster
from torchdojo.batch.store import Store
from torchdojo.batch.version import keys_of
from torchdojo.course import Course
from torchdojo.grading.result import Result
from torchdojo.sandbox.backend import SandboxBackend
from torchdojo.source.files import SourceError

OnResult = Callable[[SubmittedFile, Result], None]
Runner = Callable[[list[Job]], Results]


class Batch:
    """A grading run. processes: how many cores it uses; runner: what grades jobs instead of them, such as a cluster"""

    def __init__(
        self, course: Course, backend: SandboxBackend, store: Store, processes: int = 1, runner: Runner | None = None
    ) -> None:
        self.course = course
        self.backend = backend
        self.store = store
        self._runner: Runner = runner or (
            lambda jobs: run_jobs(course.root, backend, jobs, min(processes, max(1, len(jobs))))
        )
        self._keys = keys_of(course, backend)

    def missing(self, handed: Sequence[SubmittedFile]) -> list[SubmittedFile]:
        """Return what is not graded yet: new, changed, or graded by other graders or another engine."""
        return [one for one in handed if not self.store.has(one.student, one.chapter.name, self.key(one))]

    def key(self, one: SubmittedFile) -> str:
        """Return what a result depends on: the submission, the engine, the graders, the sandbox."""
        text = one.source.message.encode() if isinstance(one.source, SourceError) else one.source
        return f"{hashlib.sha256(text).hexdigest()}:{self._keys[one.chapter.name]}"

    def run(self, handed: Sequence[SubmittedFile], on_result: OnResult) -> None:
        """Grade each file and keep its result at once; a submission that breaks the grader costs nobody else."""
        jobs = [Job(index, one.chapter.name, one.source, self.store.secret) for index, one in enumerate(handed)]
        # Closed, so that the crew goes home at once when a result cannot be kept or somebody presses Ctrl-C.
        with closing(self._runner(jobs)) as results:
            for job, result in results:
                one = handed[job.label]
                source = None if isinstance(one.source, SourceError) else one.source
                self.store.save(one.student, result, self.key(one), source)
                on_result(one, result)

    def finish(self, submissions: Submissions, roster: Roster | None) -> list[ResultSummary]:
        """Write what a run ends with: results, grades with their adjustments, and the lists of files and students."""
        keys = {(file.student, file.chapter.name) for file in submissions.files}
        adjustments = None
        if is_adjusted(self.course, roster):
            results = self.store.results(keys)
            adjustments = adjust(self.course, roster, submissions.students, submissions.files, results)
        self.store.write_lists(submissions)
        return self.store.finish(submissions.students, keys, adjustments)
