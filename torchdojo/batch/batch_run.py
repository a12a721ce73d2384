"""Grade a batch of submissions: skip what is graded, and save each result as soon as it exists."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import replace

from torchdojo.batch.jobs import Job, OnStart, Results, derive_secret
from torchdojo.batch.policy import HandInTimes, adjust, is_adjusted
from torchdojo.batch.pool import run_jobs
from torchdojo.batch.results import ResultSummary
from torchdojo.batch.roster import Roster
from torchdojo.batch.store import Store
from torchdojo.batch.version import chapter_versions
from torchdojo.collect.submissions import Submissions, SubmittedFile
from torchdojo.course import Course
from torchdojo.grading.result import Result
from torchdojo.grading.status import ResultStatus
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
        """Grade the files and save each result at once. A submission that breaks the grader affects no other.

        Files with the same text, such as untouched stubs, are graded once. Each gets the result in the same moment, or
        is graded by itself if the result may depend on more than the text.
        """
        left = self._grade(group_same_texts(files), on_result, on_start)
        if left:
            self._grade([[file] for file in left], on_result, on_start)

    def _grade(
        self, groups: Sequence[list[SubmittedFile]], on_result: OnResult, on_start: Callable[[SubmittedFile], None]
    ) -> list[SubmittedFile]:
        """Grade the first file of each group, and save its result for all. Return the files that cannot share it."""
        left: list[SubmittedFile] = []
        jobs = [
            Job(
                label=index,
                chapter=file.chapter.name,
                source=file.source,
                secret=derive_secret(self.store.secret, file.source),
                withholds=True,
            )
            for index, (file, *_) in enumerate(groups)
        ]
        # Closed, so that the processes end at once if a result cannot be saved or somebody presses Ctrl-C.
        with closing(self._runner(jobs, lambda job: on_start(groups[job.label][0]))) as results:
            for job, result in results:
                first, *others = groups[job.label]
                self._save(first, result, on_result)
                if not is_shareable(result):
                    left += others
                    continue
                for file in others:
                    self._save(file, replace(result, shared_from=first.student), on_result)
        return left

    def _save(self, file: SubmittedFile, result: Result, on_result: OnResult) -> None:
        result = replace(result, notes=[*file.notes, *result.notes])
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


def group_same_texts(files: Iterable[SubmittedFile]) -> list[list[SubmittedFile]]:
    """Return the files in groups of the same chapter and text, in the order of the first of each.

    A file that cannot be read is a group of its own.
    """
    groups: dict[tuple[str, bytes | str], list[SubmittedFile]] = {}
    for file in files:
        text = file.student if isinstance(file.source, SourceError) else file.source
        groups.setdefault((file.chapter.name, text), []).append(file)
    return list(groups.values())


def is_shareable(result: Result) -> bool:
    """Whether the same text would get the same result again, however busy the machine is."""
    return result.status is ResultStatus.GRADED and not any(check.status.needs_review for check in result.checks)
