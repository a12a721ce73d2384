"""Grade a submitted notebook with this engine, and write scores and feedback where nbgrader looks for them."""

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

from torchdojo.batch.pool import Bench, Job
from torchdojo.batch.version import keys_of
from torchdojo.course import Chapter, Course, load_course
from torchdojo.errors import UserError
from torchdojo.grading import CheckResult, Result
from torchdojo.grading.status import CheckStatus, ResultStatus
from torchdojo.nbgrader.build import grade_id
from torchdojo.nbgrader.feedback import exercise_html, place_names
from torchdojo.notebooks.cells import MAX_NOTEBOOK_BYTES
from torchdojo.notebooks.extraction import ExtractedSource, extract_chapter
from torchdojo.sandbox import Tier, prove, tier_named
from torchdojo.source.files import SourceError, read_source

MARK = "torchdojo"  # where the metadata of a graded notebook say what its verdict depends on


class GradingRefused(NbGraderException):
    """No sandbox holds, so nothing is graded."""


class NotGraded(UserError):
    """Our side failed on this submission; nobody is charged for it, and it is not in the gradebook."""


@dataclass(frozen=True)
class Handed:
    """A submitted notebook: its text, or the reason why there is none, and where its lines stand in it."""

    source: bytes | SourceError
    extracted: ExtractedSource | None = None


def read_handed(path: Path, course: Course, chapter: Chapter) -> Handed:
    """Read a notebook as it was handed in."""
    try:
        extracted = extract_chapter(read_source(path, MAX_NOTEBOOK_BYTES), course, chapter)
    except SourceError as error:
        return Handed(error)
    return Handed(extracted.source, extracted)


ROOMS = ("authoring", "nbgrader")  # what a grade passes through above batch


class Desk:
    """What all submissions of one nbgrader command share: the proven sandbox, one warm bench, results made ahead."""

    def __init__(self) -> None:
        self.secret = secrets.token_bytes(16)
        self.ahead: dict[tuple[str, str], Result] = {}
        self._benches: dict[tuple[Path, str], Bench] = {}
        self._proven: set[str] = set()
        self._keys: dict[tuple[Path, str], dict[str, str]] = {}

    def proven(self, tier: Tier, log: Any) -> None:
        """Run the sandbox's live probes, once in this process; GradingRefused if one does not hold."""
        if tier.name == "none" or tier.name in self._proven:
            return
        failed = [proof for proof in prove(tier) if not proof.held]
        for proof in failed:
            log.error("The sandbox does not hold: %s: %s", proof.name, proof.seen)
        if failed:
            log.error(
                'Nothing was graded. `dojo doctor` says what would help; configure(…, sandbox="none") trusts all.'
            )
            raise GradingRefused("the sandbox does not hold")
        self._proven.add(tier.name)

    def key(self, course: Course, tier: Tier, chapter: Chapter) -> str:
        """Return what a verdict on a chapter depends on beside the submission."""
        place = (course.root, tier.name)
        if place not in self._keys:
            self._keys[place] = keys_of(course, tier, *ROOMS)
        return self._keys[place][chapter.name]

    def grade(self, course: Course, tier: Tier, student: str, chapter: Chapter, source: bytes | SourceError) -> Result:
        """Return a student's result: the one made ahead, or a new one."""
        ready = self.ahead.pop((student, chapter.name), None)
        if ready is not None:
            return ready
        key = (course.root, tier.name)
        if key not in self._benches:
            self._benches[key] = Bench(course.root, tier)
            atexit.register(self._benches[key].close)
        return self._benches[key].grade(Job(student, chapter.name, source, self.secret))


DESK = Desk()


class GradeSubmission(NbGraderPreprocessor):
    """Takes the place of nbgrader's Execute: no kernel runs. The learner's code is graded in the sandbox."""

    course = Unicode("", help="The folder that holds course.toml, references and graders.").tag(config=True)
    sandbox = Enum(["bubblewrap", "none"], "bubblewrap", help="Where submissions are run.").tag(config=True)

    @property
    def tier(self) -> Tier:
        """The sandbox's tier."""
        return tier_named(self.sandbox)

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Grade the file that was handed in, and fill in the grade cells."""
        DESK.proven(self.tier, self.log)
        place = resources["nbgrader"]
        course = load_course(Path(self.course))
        chapter = course.find(place["notebook"])
        if chapter is None:
            raise NotGraded(
                f"{place['notebook']} is no chapter of {course.root}: this configuration grades chapters only"
            )
        handed = read_handed(self._submitted(place), course, chapter)
        result = DESK.grade(course, self.tier, place["student"], chapter, handed.source)
        if result.status is ResultStatus.GRADER_ERROR:
            words = result.message or _error_of(result.checks)
            raise NotGraded(f"{chapter.name} of {place['student']} met an error of the grader, not charged: {words}")
        self._fill(nb, chapter, result, handed.extracted)
        nb.metadata[MARK] = {"key": DESK.key(course, self.tier, chapter)}
        return nb, resources

    def _submitted(self, place: dict[str, str]) -> Path:
        folder = self.parent.parent.coursedir
        path = folder.format_path(folder.submitted_directory, place["student"], place["assignment"])
        return Path(path) / f"{place['notebook']}.ipynb"

    def _fill(self, nb: Any, chapter: Chapter, result: Result, extracted: ExtractedSource | None) -> None:
        """Write each exercise's score and feedback as the output of its grade cell."""
        cells = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell for cell in nb.cells}
        place_names(result, f"{chapter.name}.py", extracted)
        for exercise in chapter.exercises:
            cell = cells.get(grade_id(exercise))
            if cell is None:
                raise NotGraded(
                    f"the gradebook has no cell for {exercise.name}: run nbgrader generate_assignment again"
                )
            most = float(cell.metadata.nbgrader["points"])
            if most != exercise.points:
                raise NotGraded(
                    f"{exercise.name} is worth {most:g} points in the gradebook, {exercise.points:g} in course.toml: "
                    "run dojo nbgrader build and nbgrader generate_assignment again"
                )
            checks = [c for c in result.checks if c.exercise == f"{chapter.name}/{exercise.name}"]
            data = {"text/plain": repr(score_of(checks)), "text/html": exercise_html(exercise, checks)}
            cell.outputs = [nbformat.v4.new_output("execute_result", data, execution_count=None)]


def score_of(checks: list[CheckResult]) -> float:
    """Return an exercise's points. nbgrader cannot lower a maximum, so the others stand for skipped checks."""
    earned = sum(check.earned for check in checks)
    most = sum(check.points for check in checks)
    counted = sum(check.max_score for check in checks)
    return float(earned if counted == most else earned / counted * most if counted else most)


def _error_of(checks: list[CheckResult]) -> str:
    broken = next((check for check in checks if check.status is CheckStatus.GRADER_ERROR), None)
    return f"{broken.check}: {broken.finding.got}" if broken else "no check says which"
