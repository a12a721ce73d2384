"""How far a learner has come: remembered per exercise, and believed only while the code it was seen in is unchanged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torchdojo.course import Chapter, Course, Exercise, ExerciseId
from torchdojo.grading.status import ExerciseStatus
from torchdojo.grading.version import engine_hash, graders_hash
from torchdojo.learner.state_files import FOLDER, recall, remember
from torchdojo.source.files import SourceError, definitions, read_source
from torchdojo.source.keys import code_keys
from torchdojo.source.placeholders import placeholder_line

if TYPE_CHECKING:
    from torchdojo.grading.result import CheckResult

FILE = "progress.json"
REMEMBERED = (ExerciseStatus.PASSED, ExerciseStatus.FAILED)
ROOMS = ("learner",)  # what a learner's verdict passes through above grading


@dataclass(frozen=True)
class Standing:
    """How one exercise stands.

    earned, most: points, `most` without those of skipped checks; line: where the work goes, or where to look
    """

    chapter: Chapter
    exercise: Exercise
    status: ExerciseStatus
    earned: float
    most: float
    line: int | None = None

    @property
    def name(self) -> str:
        """The full name, "<chapter>/<exercise>"."""
        return f"{self.chapter.name}/{self.exercise.name}"


class Progress:
    """The standing of every exercise of a course, from a folder of exercise files and from what is remembered.

    Nothing is run: an exercise that is filled in and not remembered is "unknown".
    """

    def __init__(self, course: Course, folder: Path) -> None:
        self.course = course
        self.folder = folder
        self._path = course.root / FOLDER / FILE
        self._kept = _sound(recall(self._path)) if self._is_own else {}
        self._keys: dict[str, str] = {}
        # Taken once: what is loaded to check with does not change while this process runs.
        self._judges = {
            chapter.name: f"{engine_hash(*ROOMS)}-{graders_hash(course, chapter, overlays=False)}"
            for chapter in course.chapters
        }
        self._standings: dict[str, Standing] = {}
        for chapter in course.chapters:
            self.look(chapter)

    @property
    def _is_own(self) -> bool:
        """Whether this is the learner's own folder: only what is found there is remembered."""
        return self.folder.resolve() == (self.course.root / "exercises").resolve()

    def __iter__(self) -> Iterator[Standing]:
        return iter(self._standings.values())

    def of(self, chapter: Chapter, exercise: Exercise) -> Standing:
        """Return how an exercise stands."""
        return self._standings[f"{chapter.name}/{exercise.name}"]

    def chapter(self, chapter: Chapter) -> list[Standing]:
        """Return how the exercises of a chapter stand, in their order."""
        return [self.of(chapter, exercise) for exercise in chapter.exercises]

    def complete(self, chapter: Chapter) -> bool:
        """Whether all of a chapter is right."""
        return all(standing.status is ExerciseStatus.PASSED for standing in self.chapter(chapter))

    def at_hand(self) -> Standing | None:
        """Return the exercise to work on: the first that is wrong or not yet checked, else the first still to do.

        One that builds on an exercise still to do has to wait for that. One that was right, and is unknown only because
        the engine or its checks changed, comes last: most likely it still is.
        """
        wrong = (s for s in self if self._is_wrong(s) and not self.waits(s.chapter, s.exercise))
        todo = (s for s in self if s.status is ExerciseStatus.TODO)
        rest = (s for s in self if s.status is not ExerciseStatus.PASSED)
        return next((s for found in (wrong, todo, rest) for s in found), None)

    def _is_wrong(self, standing: Standing) -> bool:
        if self.outdated(standing):
            return bool(self._kept[standing.name]["state"] == ExerciseStatus.FAILED)
        return standing.status in (ExerciseStatus.FAILED, ExerciseStatus.UNKNOWN)

    def waits(self, chapter: Chapter, exercise: Exercise) -> bool:
        """Whether an exercise builds on one that is still to do."""
        return any(
            s.status is ExerciseStatus.TODO for s in self.chapter(chapter) if s.exercise.name in exercise.builds_on
        )

    def outdated(self, standing: Standing) -> bool:
        """Whether this very code was checked, by another engine or by other checks."""
        kept = self._kept.get(standing.name)
        if kept is None or standing.status is not ExerciseStatus.UNKNOWN:
            return False
        code, kept_code = (key.partition("-")[0] for key in (self._keys[standing.name], kept["key"]))
        return code == kept_code != ""

    def look(self, chapter: Chapter, source: bytes | None = None) -> None:
        """Take in a chapter's text, or read its file. One that cannot be read leaves its exercises unknown."""
        try:
            source = read_source(self.folder / f"{chapter.name}.py") if source is None else source
            code, defined = code_keys(source, chapter.builds_on), definitions(source)
        except SourceError:
            code, defined = {}, {}
        for exercise in chapter.exercises:
            name = f"{chapter.name}/{exercise.name}"
            key = f"{code.get(exercise.name, '')}-{self._judges[chapter.name]}" if code else ""
            node = defined.get(exercise.name)
            line = placeholder_line(node) if node is not None else None
            self._keys[name] = key
            if line is not None:
                standing = Standing(chapter, exercise, ExerciseStatus.TODO, 0.0, exercise.points, line)
            else:
                standing = self._remembered(name, key, chapter, exercise)
                standing = replace(standing, line=node.lineno if node is not None else None)
            self._standings[name] = standing

    def _remembered(self, name: str, key: str, chapter: Chapter, exercise: Exercise) -> Standing:
        kept = self._kept.get(name)
        if kept is None or not key or kept["key"] != key:
            return Standing(chapter, exercise, ExerciseStatus.UNKNOWN, 0.0, exercise.points)
        return Standing(chapter, exercise, ExerciseStatus(kept["state"]), kept["earned"], kept["most"])

    def learn(self, chapter: Chapter, checks: Iterable[CheckResult]) -> None:
        """Take in what checking gave, for every exercise that all checks are there of, and remember it."""
        by_exercise: dict[ExerciseId, list[CheckResult]] = {}
        for check in checks:
            by_exercise.setdefault(check.exercise, []).append(check)
        for identity, found in by_exercise.items():
            name, exercise = str(identity), chapter.find(identity.name)
            if exercise is None:
                continue
            line = next((check.finding.line for check in found if not check.status.is_done), None)
            standing = Standing(
                chapter,
                exercise,
                ExerciseStatus.of_checks(check.status for check in found),
                sum(check.earned for check in found),
                sum(check.max_score for check in found),
                line or self._standings[name].line,
            )
            self._standings[name] = standing
            if self._keys.get(name) and standing.status in REMEMBERED:
                kept = {"key": self._keys[name], "state": standing.status, "earned": standing.earned}
                self._kept[name] = {**kept, "most": standing.most}
            else:
                self._kept.pop(name, None)

    def save(self) -> bool:
        """Write what is remembered; return whether that went well. Only for the learner's own folder."""
        return self._is_own and remember(self._path, {"version": 1, "exercises": self._kept})


def _sound(table: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the entries of a progress file that are what they should be."""
    kept = table.get("exercises")
    return {name: entry for name, entry in kept.items() if _is_sound(entry)} if isinstance(kept, dict) else {}


def _is_sound(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and isinstance(entry.get("key"), str)
        and entry.get("state") in REMEMBERED
        and all(type(entry.get(number)) in (int, float) for number in ("earned", "most"))
    )
