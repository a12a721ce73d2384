"""Grade a submitted notebook with this engine, and write scores and feedback where nbgrader expects them."""

from __future__ import annotations

import atexit
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.converters.base import NbGraderException
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Enum, Unicode

from torchdojo.batch.grader_cache import GraderCache
from torchdojo.batch.jobs import Job, derive_secret
from torchdojo.batch.version import chapter_versions
from torchdojo.course import Chapter, Course, load_course
from torchdojo.errors import UserError
from torchdojo.grading.result import CheckResult, Result
from torchdojo.grading.status import CheckStatus, ResultStatus
from torchdojo.grading.words import withhold_words
from torchdojo.nbgrader.build import grade_cell_id
from torchdojo.nbgrader.feedback import exercise_html, use_notebook_locations
from torchdojo.notebooks.cells import MAX_NOTEBOOK_BYTES
from torchdojo.notebooks.extraction import ExtractedSource, extract_chapter
from torchdojo.sandbox.backend import SandboxBackend
from torchdojo.sandbox.choose import backend_named
from torchdojo.sandbox.selftest.runner import run_selftest
from torchdojo.source.files import SourceError, read_source

METADATA_KEY = "torchdojo"  # in a graded notebook: the key of its verdict


class GradingRefused(NbGraderException):
    """The sandbox failed its self-test, so nothing is graded."""


class NotGraded(UserError):
    """This submission could not be graded; it loses no points and stays out of the gradebook."""


@dataclass(frozen=True)
class SubmittedNotebook:
    """The submission in a notebook: its text, or the reason why it cannot be read, and the cell of each line."""

    source: bytes | SourceError
    extracted: ExtractedSource | None = None


def read_submitted(path: Path, course: Course, chapter: Chapter) -> SubmittedNotebook:
    """Return the submission in a notebook."""
    try:
        extracted = extract_chapter(read_source(path, MAX_NOTEBOOK_BYTES), course, chapter)
    except SourceError as error:
        return SubmittedNotebook(error)
    return SubmittedNotebook(extracted.source, extracted)


ROOMS = ("authoring", "nbgrader", "report")  # what a grade passes through above batch


class GradingSession:
    """What the submissions of one nbgrader command share: the tested sandbox, warm graders, precomputed results."""

    def __init__(self) -> None:
        self.secret = secrets.token_bytes(16)
        self.precomputed: dict[tuple[str, str], Result] = {}
        self._graders: dict[tuple[Path, str], GraderCache] = {}
        self._tested: set[str] = set()
        self._keys: dict[tuple[Path, str], dict[str, str]] = {}

    def require_sandbox(self, backend: SandboxBackend, log: Any) -> None:
        """Run the sandbox self-test, once per process; GradingRefused if it fails."""
        if not backend.isolates or backend.name in self._tested:
            return
        failed = [test for test in run_selftest(backend) if not test.passed]
        for test in failed:
            log.error("The sandbox self-test failed: %s: %s", test.name, test.seen)
        if failed:
            log.error(
                'Nothing was graded; see `dojo doctor`. Use configure(…, sandbox="none") only for code that you trust.'
            )
            raise GradingRefused("the sandbox self-test failed")
        self._tested.add(backend.name)

    def key(self, course: Course, backend: SandboxBackend, chapter: Chapter) -> str:
        """Return the key of everything besides the submission that a verdict on a chapter depends on."""
        key = (course.root, backend.name)
        if key not in self._keys:
            self._keys[key] = chapter_versions(course, backend, *ROOMS)
        return self._keys[key][chapter.name]

    def grade(
        self, course: Course, backend: SandboxBackend, student: str, chapter: Chapter, source: bytes | SourceError
    ) -> Result:
        """Return a student's result: the precomputed one, or a new one."""
        result = self.precomputed.pop((student, chapter.name), None)
        if result is None:
            key = (course.root, backend.name)
            if key not in self._graders:
                self._graders[key] = GraderCache(course.root, backend)
                atexit.register(self._graders[key].close)
            result = self._graders[key].grade(Job(student, chapter.name, source, derive_secret(self.secret, source)))
        return withhold_words(result, source)


SESSION = GradingSession()


class GradeSubmission(NbGraderPreprocessor):
    """Replaces nbgrader's Execute: no kernel runs, and the learner's code is graded in the sandbox."""

    course = Unicode("", help="The folder with course.toml, references and graders.").tag(config=True)
    sandbox = Enum(["bubblewrap", "none"], "bubblewrap", help="How submissions are isolated.").tag(config=True)

    @property
    def backend(self) -> SandboxBackend:
        """Where submissions are run."""
        return backend_named(self.sandbox)

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Grade the submitted file, and fill in the grade cells."""
        SESSION.require_sandbox(self.backend, self.log)
        ids = resources["nbgrader"]
        course = load_course(Path(self.course))
        chapter = course.find(ids["notebook"])
        if chapter is None:
            raise NotGraded(
                f"{ids['notebook']} is not a chapter of {course.root}, and this configuration grades only chapters"
            )
        submitted = read_submitted(self._submitted_path(ids), course, chapter)
        result = SESSION.grade(course, self.backend, ids["student"], chapter, submitted.source)
        if result.status is ResultStatus.GRADER_ERROR:
            message = result.message or _error_message(result.checks)
            raise NotGraded(f"{chapter.name} of {ids['student']} hit a grader error and was not graded: {message}")
        self._fill(nb, chapter, result, submitted.extracted)
        nb.metadata[METADATA_KEY] = {"key": SESSION.key(course, self.backend, chapter)}
        return nb, resources

    def _submitted_path(self, ids: dict[str, str]) -> Path:
        folder = self.parent.parent.coursedir
        path = folder.format_path(folder.submitted_directory, ids["student"], ids["assignment"])
        return Path(path) / f"{ids['notebook']}.ipynb"

    def _fill(self, nb: Any, chapter: Chapter, result: Result, extracted: ExtractedSource | None) -> None:
        """Write each exercise's score and feedback as the output of its grade cell."""
        cells = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell for cell in nb.cells}
        use_notebook_locations(result, f"{chapter.name}.py", extracted)
        for exercise in chapter.graded_exercises:
            cell = cells.get(grade_cell_id(exercise.name))
            if cell is None:
                raise NotGraded(
                    f"the gradebook has no cell for {exercise.name}: run `nbgrader generate_assignment` again"
                )
            points = float(cell.metadata.nbgrader["points"])
            if points != exercise.points:
                raise NotGraded(
                    f"{exercise.name} is worth {points:g} points in the gradebook, {exercise.points:g} in course.toml: "
                    "run `dojo nbgrader build` and `nbgrader generate_assignment` again"
                )
            checks = [c for c in result.checks if c.exercise.name == exercise.name]
            feedback = exercise_html(exercise, checks, remarks=extracted.notes if extracted else ())
            data = {"text/plain": repr(exercise_score(checks)), "text/html": feedback}
            cell.outputs = [nbformat.v4.new_output("execute_result", data, execution_count=None)]


def exercise_score(checks: list[CheckResult]) -> float:
    """Return an exercise's points; as nbgrader cannot lower a maximum, skipped checks get the average of the others."""
    earned = sum(check.earned for check in checks)
    points = sum(check.points for check in checks)
    max_score = sum(check.max_score for check in checks)
    return float(earned if max_score == points else earned / max_score * points if max_score else points)


def _error_message(checks: list[CheckResult]) -> str:
    broken = next((check for check in checks if check.status is CheckStatus.GRADER_ERROR), None)
    return f"{broken.check}: {broken.finding.got}" if broken else "no check names it"
