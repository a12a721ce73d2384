"""Grade a batch of submissions: skip what is graded, and save each result as soon as it exists."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace

from torchdojo.batch.policy import HandInTimes, adjust, is_adjusted
from torchdojo.batch.pool import Job, OnStart, Results, derive_secret, run_jobs
from torchdojo.batch.results import ResultSummary
from torchdojo.batch.roster import Roster
from torchdojo.batch.store import Store
from torchdojo.batch.version import chapter_versions
from torchdojo.collect.submissions import Submissions, SubmittedFile
from torchdojo.course import Course
from torchdojo.grading.result import Result
from torchdojo.grading.words import withhold_words
from torchdojo.sandbox.backend import SandboxBackend
from torchdojo.source.files import SourceError

OnResult = Callable[[SubmittedFile, Result], None]
Runner = Callable[[list[Job], OnStart], Results]


class BatchRun:
    """A grading run. processes: how many cores it uses; runner: grades the jobs in their place, such as a cluster"""

    def __init__(
        self, course: Course, backend: SandboxBackend, store: Store, processes: int = 1, runner: Runner | None = None
    ) -> None:
        self.course = course
        self.backend = backend
        self.store = store
        self._runner: Runner = runner or (
            lambda jobs, on_start: run_jobs(course.root, backend, jobs, processes, on_start)
        )
        self._chapter_versions = chapter_versions(course, backend)

    def missing(self, files: Sequence[SubmittedFile]) -> list[SubmittedFile]:
        """Return the files to grade: new, changed, or graded by other graders or another engine."""
        return [file for file in files if not self.store.has(file.student, file.chapter.name, self.version(file))]

    def version(self, file: SubmittedFile) -> str:
        """Return what a result depends on: the submission and how it was read, the engine, graders and sandbox."""
        text = file.source.message.encode() if isinstance(file.source, SourceError) else file.source
        text = b"\0".join((text, *(note.encode() for note in file.notes)))
        return f"{hashlib.sha256(text).hexdigest()}:{self._chapter_versions[file.chapter.name]}"

    def run(
        self,
        files: Sequence[SubmittedFile],
        on_result: OnResult,
        on_start: Callable[[SubmittedFile], None] = lambda file: None,
    ) -> None:
        """Grade the files and save each result at once. A submission that breaks the grader affects no other."""
        jobs = [
            Job(index, file.chapter.name, file.source, derive_secret(self.store.secret, file.source))
            for index, file in enumerate(files)
        ]
        # Closed, so that the processes end at once if a result cannot be saved or somebody presses Ctrl-C.
        with closing(self._runner(jobs, lambda job: on_start(files[job.label]))) as results:
            for job, result in results:
                file = files[job.label]
                result = withhold_words(replace(result, notes=[*file.notes, *result.notes]), file.source)
                source = None if isinstance(file.source, SourceError) else file.source
                self.store.save(file.student, result, self.version(file), source)
                on_result(file, result)

    def finish(
        self, submissions: Submissions, roster: Roster | None, hand_in_times: HandInTimes = "platform"
    ) -> list[ResultSummary]:
        """Write the results, the grades with their adjustments, and the lists of files and students."""
        keys = {(file.student, file.chapter.name) for file in submissions.files}
        adjustments = None
        if is_adjusted(self.course, roster):
            results = self.store.results(keys)
            students, files = submissions.students, submissions.files
            adjustments = adjust(self.course, roster, students, files, results, hand_in_times)
        self.store.write_lists(submissions)
        return self.store.finish(submissions.students, keys, adjustments)
