"""A learner's progress: remembered per exercise, and valid only while code, checks and engine are unchanged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torchdojo.course import Chapter, Course, Exercise, ExerciseId
from torchdojo.course.stub import stub_definitions
from torchdojo.grading.fix_order import wrong_checks
from torchdojo.grading.status import ExerciseStatus
from torchdojo.grading.version import engine_hash, graders_hash
from torchdojo.learner.dates import describe_date, parse_date, utc_now
from torchdojo.learner.state_files import STATE_FOLDER, read_state, write_state
from torchdojo.source.files import ParsedSource, SourceError, read_source
from torchdojo.source.keys import code_keys
from torchdojo.source.names import Definition
from torchdojo.source.placeholders import is_untouched, placeholder_line
from torchdojo.source.repair import parse_around_errors

if TYPE_CHECKING:
    from torchdojo.grading.result import CheckResult

FILE = "progress.json"
REMEMBERED = (ExerciseStatus.PASSED, ExerciseStatus.FAILED, ExerciseStatus.TODO)
WORKED, PASSED = "worked", "passed_at"  # the dates that are kept
DATES = (WORKED, PASSED)
ROOMS = ("learner",)  # what a learner's verdict passes through above grading
SITTING = timedelta(hours=3)  # work that is no longer ago is not "last time"


@dataclass(frozen=True)
class ExerciseProgress:
    """How far a learner is with one exercise.

    earned, max_points: points of checks, without skipped ones; line: where to start working, or what to fix
    hint: the hint of its first failing check, or ""
    """

    chapter: Chapter
    exercise: Exercise
    status: ExerciseStatus
    earned: float
    max_points: float
    line: int | None = None
    hint: str = ""

    @property
    def id(self) -> ExerciseId:
        """The exercise's id."""
        return self.chapter.id_of(self.exercise)


class Progress:
    """The progress in every exercise of a course, from a folder of exercise files and what is remembered.

    Nothing is run: an exercise that is filled in and not remembered is "unknown". Iterating yields the exercises that
    have checks; those that people grade are beside them in their chapter, and never keep it from being complete.

    clock: returns the time, with its time zone
    last_time: where and when the learner last worked, if that was in an earlier sitting, or ""
    newly_passed: the exercises that have become right for the first time, in the order in which they were recorded
    """

    def __init__(self, course: Course, folder: Path, clock: Callable[[], datetime] = utc_now) -> None:
        self.course = course
        self.folder = folder
        self.newly_passed: list[ExerciseId] = []
        self._clock = clock
        self._path = course.root / STATE_FOLDER / FILE
        state = read_state(self._path) if self._is_own else {}
        self._remembered = _valid_entries(state)
        self._dates = _valid_dates(state)
        self.last_time = self._describe_last_time()
        self._keys: dict[ExerciseId, str] = {}
        # Computed once: what this process has loaded does not change while it runs.
        self._versions = {
            chapter.name: f"{engine_hash(*ROOMS)}-{graders_hash(course, chapter, overlays=False)}"
            for chapter in course.chapters
        }
        self._stubs: dict[str, dict[str, Definition]] = {}
        self._entries: dict[ExerciseId, ExerciseProgress] = {}
        for chapter in course.chapters:
            self.update(chapter)

    @property
    def _is_own(self) -> bool:
        """Whether this is the learner's own folder. Progress in any other is not remembered."""
        return self.folder.resolve() == (self.course.root / "exercises").resolve()

    def __iter__(self) -> Iterator[ExerciseProgress]:
        return (entry for entry in self._entries.values() if not entry.exercise.by_hand)

    def __getitem__(self, exercise: ExerciseId) -> ExerciseProgress:
        return self._entries[exercise]

    def chapter(self, chapter: Chapter) -> list[ExerciseProgress]:
        """Return the progress in each exercise of a chapter, in the chapter's order."""
        return [self[chapter.id_of(exercise)] for exercise in chapter.exercises]

    def is_complete(self, chapter: Chapter) -> bool:
        """Whether every exercise of a chapter that has checks is right."""
        done = (ExerciseStatus.PASSED, ExerciseStatus.BY_HAND)
        return all(entry.status in done for entry in self.chapter(chapter))

    def current_exercise(self) -> ExerciseProgress | None:
        """Return the exercise to work on: the first that is wrong or not checked, else the first to do.

        An exercise that builds on one still to do comes after that one. An exercise that was right, and is unknown only
        because the engine or its checks changed, comes last: most likely it is still right.
        """
        wrong = (entry for entry in self if self._is_wrong(entry) and not self.is_blocked(entry))
        todo = (entry for entry in self if entry.status is ExerciseStatus.TODO)
        rest = (entry for entry in self if entry.status is not ExerciseStatus.PASSED)
        return next((entry for entries in (wrong, todo, rest) for entry in entries), None)

    def _is_wrong(self, entry: ExerciseProgress) -> bool:
        if self.is_outdated(entry):
            return bool(self._remembered[str(entry.id)]["state"] == ExerciseStatus.FAILED)
        return entry.status in (ExerciseStatus.FAILED, ExerciseStatus.UNKNOWN)

    def unknown(self) -> list[tuple[Chapter, list[Exercise]]]:
        """Return the chapters with unknown exercises, each with these."""
        unknown: dict[str, list[Exercise]] = {}
        for entry in self:
            if entry.status is ExerciseStatus.UNKNOWN:
                unknown.setdefault(entry.chapter.name, []).append(entry.exercise)
        return [(chapter, unknown[chapter.name]) for chapter in self.course.chapters if chapter.name in unknown]

    def is_blocked(self, entry: ExerciseProgress) -> bool:
        """Whether an exercise builds on one that is still to do."""
        return bool(self.unfinished_below(entry))

    def unfinished_below(self, entry: ExerciseProgress) -> list[str]:
        """Return the names of the exercises still to do that an exercise builds on."""
        others = (other for other in self.chapter(entry.chapter) if other.exercise.name in entry.exercise.builds_on)
        return [other.exercise.name for other in others if other.status is ExerciseStatus.TODO]

    def is_outdated(self, entry: ExerciseProgress) -> bool:
        """Whether this code was checked, but by another engine or other checks."""
        remembered = self._remembered.get(str(entry.id))
        if remembered is None or entry.status is not ExerciseStatus.UNKNOWN:
            return False
        code, remembered_code = (key.partition("-")[0] for key in (self._keys[entry.id], remembered["key"]))
        return code == remembered_code != ""

    def _describe_last_time(self) -> str:
        worked = {
            self._dates[str(chapter.id_of(exercise))][WORKED]: number
            for number, chapter in enumerate(self.course.chapters, start=1)
            for exercise in chapter.exercises
            if WORKED in self._dates.get(str(chapter.id_of(exercise)), {})
        }
        now = self._clock()
        if not worked or now - max(worked) < SITTING:
            return ""
        return f"Last time: chapter {worked[max(worked)]}, {describe_date(max(worked), now)}."

    def update(self, chapter: Chapter, source: ParsedSource | None = None) -> None:
        """Read a chapter's file, or take its text. If it cannot be read, its exercises are unknown."""
        try:
            source = source or parse_around_errors(read_source(self.folder / f"{chapter.name}.py"))
            code, defined = code_keys(source, chapter.builds_on), source.definitions
        except SourceError:
            code, defined = {}, {}
        for exercise in chapter.hand_exercises:
            binders = source.statements.of(exercise.name) if source else []
            lines = [statement.node.lineno for statement in binders if exercise.name in statement.binds]
            entry = ExerciseProgress(chapter, exercise, ExerciseStatus.BY_HAND, 0.0, 0.0, min(lines, default=None))
            self._entries[entry.id] = entry
        for exercise in chapter.graded_exercises:
            node = defined.get(exercise.name)
            line = self._line_to_do(chapter, source, node)
            key = f"{code.get(exercise.name, '')}-{self._versions[chapter.name]}" if code else ""
            if line is not None:
                entry = ExerciseProgress(chapter, exercise, ExerciseStatus.TODO, 0.0, exercise.points, line)
            else:
                entry = self._remembered_entry(key, chapter, exercise)
                entry = replace(entry, line=node.lineno if node is not None else None)
            self._keys[entry.id], self._entries[entry.id] = key, entry

    def _line_to_do(self, chapter: Chapter, source: ParsedSource | None, node: Definition | None) -> int | None:
        """Return the line of the first placeholder of an exercise that is as in the stub, None for any other.

        source: the chapter's text; node: the exercise's definition in it
        """
        if node is None or placeholder_line(node) is None:
            return None
        if chapter.name not in self._stubs:
            self._stubs[chapter.name] = stub_definitions(self.course, chapter, source)
        stub = self._stubs[chapter.name].get(node.name)
        return placeholder_line(node) if stub is not None and is_untouched(node, stub) else None

    def _remembered_entry(self, key: str, chapter: Chapter, exercise: Exercise) -> ExerciseProgress:
        state = self._remembered.get(str(chapter.id_of(exercise)))
        if state is None or not key or state["key"] != key:
            return ExerciseProgress(chapter, exercise, ExerciseStatus.UNKNOWN, 0.0, exercise.points)
        status, hint = ExerciseStatus(state["state"]), state.get("hint", "")
        return ExerciseProgress(chapter, exercise, status, state["earned"], state["most"], hint=hint)

    def record(self, chapter: Chapter, checks: Iterable[CheckResult]) -> None:
        """Update and remember the progress in the exercises of these checks, which must be all checks of each."""
        by_exercise: dict[ExerciseId, list[CheckResult]] = {}
        for check in checks:
            by_exercise.setdefault(check.exercise, []).append(check)
        for identity, own in by_exercise.items():
            exercise = chapter.find(identity.name)
            if exercise is None:
                continue
            line = next((check.finding.line for check in own if not check.status.is_done), None)
            entry = self._entries[identity] = ExerciseProgress(
                chapter,
                exercise,
                ExerciseStatus.of_checks(check.status for check in own),
                sum(check.earned for check in own),
                sum(check.max_score for check in own),
                line or self._entries[identity].line,
                next((check.hint for check in wrong_checks(own)), ""),
            )
            self._date(entry)
            if self._keys.get(identity) and entry.status in REMEMBERED:
                state = {"key": self._keys[identity], "state": entry.status, "earned": entry.earned}
                state |= {"most": entry.max_points, "hint": entry.hint}
                self._remembered[str(identity)] = state
            else:
                self._remembered.pop(str(identity), None)

    def _date(self, entry: ExerciseProgress) -> None:
        """Note the date if the code has changed since it was last checked, and if the exercise is right at last."""
        if not self._is_own or entry.status is ExerciseStatus.TODO:
            return
        before = self._remembered.get(str(entry.id), {"key": "", "state": None})
        dates = self._dates.setdefault(str(entry.id), {})
        if self._keys[entry.id].partition("-")[0] != before["key"].partition("-")[0]:
            dates[WORKED] = self._clock()
        if entry.status is ExerciseStatus.PASSED and PASSED not in dates:
            dates[PASSED] = self._clock()
            if before["state"] != ExerciseStatus.PASSED:  # as it was where an older version kept no dates
                self.newly_passed.append(entry.id)

    def save(self) -> bool:
        """Write what is remembered, for the learner's own folder only; return whether it was written."""
        dates = {name: {kind: date.isoformat() for kind, date in own.items()} for name, own in self._dates.items()}
        state = {"version": 1, "exercises": self._remembered, "dates": dates}
        return self._is_own and write_state(self._path, state)


def _valid_entries(state: dict[str, Any]) -> dict[str, dict[str, Any]]:
    entries = state.get("exercises")
    return {name: entry for name, entry in entries.items() if _is_valid(entry)} if isinstance(entries, dict) else {}


def _is_valid(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and isinstance(entry.get("key"), str)
        and entry.get("state") in REMEMBERED
        and all(type(entry.get(number)) in (int, float) for number in ("earned", "most"))
        and isinstance(entry.get("hint", ""), str)
    )


def _valid_dates(state: dict[str, Any]) -> dict[str, dict[str, datetime]]:
    """Return when each exercise was last worked on, and when it was first right, as far as that is known."""
    dates = state.get("dates")
    if not isinstance(dates, dict):
        return {}
    found = {
        name: {kind: parse_date(own.get(kind)) for kind in DATES} for name, own in dates.items() if type(own) is dict
    }
    return {name: {kind: date for kind, date in own.items() if date is not None} for name, own in found.items()}
