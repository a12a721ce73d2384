"""The state of `dojo watch` and all its decisions. It reads no clock, file or key itself.

Each method takes one event and returns the actions that follow from it, in order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from torchdojo.course import Chapter, Exercise, ExerciseId
from torchdojo.grading.status import ExerciseStatus, ResultStatus
from torchdojo.learner.hints import HintsShown
from torchdojo.learner.progress import ExerciseProgress, Progress
from torchdojo.source.files import ParsedSource, SourceError
from torchdojo.source.keys import code_keys, definition_keys

if TYPE_CHECKING:
    from torchdojo.learner.checker import ChapterCheck

INCOMPLETE_SECONDS = 0.5  # a file that is empty or does not parse is reported after this: an editor may be saving
SLOW_SECONDS = 2.0  # a check that takes longer may be in an endless loop
YES, NEXT, HINT, LIST, ALL, COMPARE, RESET, QUIT = "y", "n", "h", "l", "c", "v", "r", "q"


class Page(Enum):
    """What the screen shows."""

    VERDICT = "the current exercise"
    HINT = "hints for it"
    LIST = "every exercise"
    ALL = "the result of checking everything"
    COMPARE = "it beside the reference's version"
    CONFIRM = "the question whether to reset it"


@dataclass(frozen=True)
class CheckExercises:
    """Check these exercises of a text. foreground: the learner waits for the verdict"""

    chapter: Chapter
    exercises: tuple[Exercise, ...]
    source: ParsedSource
    foreground: bool

    @property
    def ids(self) -> set[ExerciseId]:
        """The ids of the exercises."""
        return set(map(self.chapter.id_of, self.exercises))


@dataclass(frozen=True)
class PrepareExercise:
    """Load what checking this exercise will need."""

    chapter: Chapter
    exercise: Exercise


@dataclass(frozen=True)
class DropChecks:
    """Drop every unfinished check of this chapter, because its text has changed. None: of all chapters"""

    chapter: Chapter | None


@dataclass(frozen=True)
class ResetExercise:
    """Put this exercise back to its stub."""

    chapter: Chapter
    exercise: Exercise


@dataclass(frozen=True)
class RecordHint:
    """Remember which hints of this exercise were shown."""

    entry: ExerciseProgress
    hints: HintsShown


class Signal(Enum):
    """An action without details."""

    DRAW = "draw the screen"
    SAVE = "save the progress"
    QUIT = "quit"


Action = CheckExercises | PrepareExercise | DropChecks | ResetExercise | RecordHint | Signal


@dataclass
class Session:
    """One session of `dojo watch`.

    hints: which hints of each exercise were shown; note: a message below the page
    results: the last check of each exercise; unreadable: why a chapter's file cannot be read, by the chapter's name
    is_slow: whether the check that the learner waits for takes long
    """

    progress: Progress
    hints: dict[ExerciseId, HintsShown] = field(default_factory=dict)
    page: Page = Page.VERDICT
    note: str = ""
    results: dict[ExerciseId, ChapterCheck] = field(default_factory=dict)
    unreadable: dict[str, SourceError] = field(default_factory=dict)
    _texts: dict[str, ParsedSource] = field(default_factory=dict)
    _incomplete: dict[str, tuple[SourceError, float]] = field(default_factory=dict)
    is_slow: bool = False
    _waiting_since: float | None = None
    _foreground: set[ExerciseId] = field(default_factory=set)
    _background: set[ExerciseId] = field(default_factory=set)
    _passed: set[ExerciseId] = field(default_factory=set)
    _regressed: list[str] = field(default_factory=list)
    _current: ExerciseId = field(init=False)

    @property
    def current(self) -> ExerciseProgress:
        """The current exercise. It changes when the learner asks for the next one, or edits another."""
        return self.progress[self._current]

    @property
    def shown_hints(self) -> HintsShown:
        """Which hints of the current exercise were shown."""
        return self.hints.get(self._current, HintsShown())

    @property
    def waiting_for(self) -> list[str]:
        """The names of the exercises whose verdict the learner waits for."""
        return sorted(identity.name for identity in self._foreground)

    @property
    def is_waiting(self) -> bool:
        """Whether the current exercise is being checked, so that no verdict on it is current."""
        return self._current in self._foreground

    @property
    def background_count(self) -> int:
        """How many exercises are still to be checked in the background."""
        return len(self._background)

    def start(self, texts: dict[str, ParsedSource | SourceError]) -> list[Action]:
        """Begin at the first exercise that is not right. texts: each chapter's file by the chapter's name"""
        for chapter in self.progress.course.chapters:
            text = texts[chapter.name]
            if isinstance(text, SourceError):
                self.unreadable[chapter.name] = text
            else:
                self._texts[chapter.name] = text
        self._passed = self._all_passed()
        current = self.progress.current_exercise() or next(iter(self.progress))
        outdated = [entry for entry in self.progress if self.progress.is_outdated(entry) and entry is not current]
        return [*self._select(current), *self._check(outdated, foreground=False)]

    def _all_passed(self) -> set[ExerciseId]:
        return {entry.id for entry in self.progress if entry.status is ExerciseStatus.PASSED}

    def saved(self, chapter: Chapter, text: ParsedSource | SourceError, now: float) -> list[Action]:
        """A chapter's file has changed. now: seconds of a monotonic clock"""
        old = self._texts.get(chapter.name)
        if isinstance(text, SourceError):
            deadline = self._incomplete.get(chapter.name, (text, now + INCOMPLETE_SECONDS))[1]
            self._incomplete[chapter.name] = (text, deadline)
            return []
        self._incomplete.pop(chapter.name, None)
        was_unreadable = self.unreadable.pop(chapter.name, None) is not None
        if old is None:
            return self._recheck(chapter, text, [], chapter.graded_exercises)
        if text.source == old.source and not was_unreadable:
            return []
        (old_own, own), (old_keys, keys) = (
            [read(parsed, chapter.builds_on) for parsed in (old, text)] for read in (definition_keys, code_keys)
        )
        exercises = chapter.graded_exercises
        edited = [exercise for exercise in exercises if own.get(exercise.name) != old_own.get(exercise.name)]
        affected = [exercise for exercise in exercises if keys[exercise.name] != old_keys[exercise.name]]
        return self._recheck(chapter, text, edited, affected)

    def _recheck(
        self, chapter: Chapter, text: ParsedSource, edited: Sequence[Exercise], affected: Sequence[Exercise]
    ) -> list[Action]:
        """Check what a save has affected: the current exercise first, the others in the background."""
        unfinished = self._foreground | self._background
        self._texts[chapter.name] = text
        self.progress.update(chapter, text)
        self.note = ""
        self._regressed = []
        ids = [chapter.id_of(exercise) for exercise in edited]
        if ids and self._current not in ids:
            self._current = ids[0]
        actions: list[Action] = [DropChecks(chapter)]
        self._forget_unfinished(chapter)
        if self.current.chapter is chapter:
            self.page = Page.VERDICT
            actions += self._check([self.current], foreground=True)
        others = [
            entry
            for entry in self.progress.chapter(chapter)
            if (entry.exercise in affected or entry.id in unfinished) and entry.id != self._current
        ]
        return [*actions, *self._check(others, foreground=False), Signal.DRAW]

    def tick(self, now: float) -> list[Action]:
        """Time has passed: report files that are still incomplete after a while, and checks that take long."""
        late = [name for name, (_, deadline) in self._incomplete.items() if deadline <= now]
        for name in late:
            chapter = self.progress.course.find(name)
            assert chapter is not None
            self.unreadable[name] = self._incomplete.pop(name)[0]
            self._forget_unfinished(chapter)
            if self.current.chapter is not chapter and chapter.graded_exercises:
                self._current = chapter.id_of(chapter.graded_exercises[0])
            self.page = Page.VERDICT
        became_slow = self._becomes_slow(now)
        return [Signal.DRAW] if late or became_slow else []

    def _becomes_slow(self, now: float) -> bool:
        if not self._foreground or self.is_slow:
            return False
        if self._waiting_since is None:
            self._waiting_since = now
        self.is_slow = now - self._waiting_since >= SLOW_SECONDS
        return self.is_slow

    def checked(self, job: CheckExercises, check: ChapterCheck) -> list[Action]:
        """A check has finished. Its result is ignored if the text has changed since."""
        if self._texts.get(job.chapter.name) is not job.source:
            return []
        self._finish(job)
        if check.result.status is ResultStatus.GRADED:
            self.progress.record(job.chapter, check.result.checks)
        self.results.update(dict.fromkeys(job.ids, check))
        self._passed |= self._all_passed()
        regressed = [e for e in self.progress if e.status is ExerciseStatus.FAILED and e.id in self._passed]
        self._passed -= {entry.id for entry in regressed}
        self._regressed += [entry.exercise.name for entry in regressed if entry.id != self._current]
        if self._regressed:
            were, fail = ("was", "fails") if len(self._regressed) == 1 else ("were", "fail")
            self.note = f"{', '.join(self._regressed)} {were} right before this change and now {fail}."
        return [Signal.SAVE, Signal.DRAW]

    def check_failed(self, job: CheckExercises, message: str) -> list[Action]:
        """A check could not be run, for a reason other than the learner's code."""
        self._finish(job)
        return self.show_note(message)

    def _finish(self, job: CheckExercises) -> None:
        self._foreground -= job.ids
        self._background -= job.ids

    def available_keys(self) -> dict[str, str]:
        """Return the keys that work now, and what each does."""
        if self.page is Page.CONFIRM:
            return {YES: "reset it", NEXT: "keep it"}
        current = self.current
        keys: dict[str, str] = {}
        if self._next() is not None:
            keys[NEXT] = "next" if current.status is ExerciseStatus.PASSED else "another exercise"
        if self.has_more_hints() and current.chapter.name not in self.unreadable:
            keys[HINT] = "stronger hint" if self.shown_hints.level or self.shown_hints.shows_check(current) else "hint"
        course = self.progress.course
        if current.status is ExerciseStatus.PASSED and course.show_reference and not course.released:
            keys[COMPARE] = "back" if self.page is Page.COMPARE else "compare with the reference"
        keys[LIST] = "back" if self.page is Page.LIST else "list"
        if self._checkable():
            keys[ALL] = "check all"
        if current.status is not ExerciseStatus.TODO:
            keys[RESET] = f"reset {current.exercise.name}"
        return {**keys, QUIT: "quit"}

    def press(self, key: str) -> list[Action]:
        """A key was pressed. One that does not work now is ignored."""
        if key not in self.available_keys():
            return []
        current = self.current
        if self.page is Page.CONFIRM:
            self.page = Page.VERDICT
            return [ResetExercise(current.chapter, current.exercise), Signal.DRAW] if key == YES else [Signal.DRAW]
        self.note = ""
        if key == NEXT:
            following = self._next()
            assert following is not None
            return self._select(following)
        if key == HINT:
            self.page = Page.HINT
            self.hints[self._current] = self.shown_hints.add_next(current)
            return [RecordHint(current, self.shown_hints), Signal.DRAW]
        if key == ALL:
            return self._check_all()
        if key == QUIT:
            return [Signal.QUIT]
        page = {COMPARE: Page.COMPARE, RESET: Page.CONFIRM}.get(key, Page.LIST)
        self.page = Page.VERDICT if self.page is page else page
        return [Signal.DRAW]

    def has_more_hints(self) -> bool:
        """Whether the current exercise is not right yet and has a hint that was not shown."""
        return self.current.status is not ExerciseStatus.PASSED and self.shown_hints.has_more(self.current)

    def show_note(self, note: str) -> list[Action]:
        """Show a message below the page."""
        self.note = note
        return [Signal.DRAW]

    def _select(self, entry: ExerciseProgress) -> list[Action]:
        """Make an exercise the current one."""
        self._current = entry.id
        self.page = Page.VERDICT
        if entry.status is ExerciseStatus.TODO or entry.chapter.name in self.unreadable:
            return [PrepareExercise(entry.chapter, entry.exercise), Signal.DRAW]
        return [*self._check([entry], foreground=True), Signal.DRAW]

    def _next(self) -> ExerciseProgress | None:
        """Return the first exercise after the current one that is not right yet; the search wraps around."""
        entries = list(self.progress)
        index = [entry.id for entry in entries].index(self._current)
        later = entries[index + 1 :] + entries[:index]
        return next((entry for entry in later if entry.status is not ExerciseStatus.PASSED), None)

    def _checkable(self) -> list[ExerciseProgress]:
        return [e for e in self.progress if e.status is not ExerciseStatus.TODO and e.chapter.name in self._texts]

    def _check_all(self) -> list[Action]:
        self.page = Page.ALL
        self._foreground.clear()
        self._background.clear()
        return [DropChecks(None), *self._check(self._checkable(), foreground=False), Signal.DRAW]

    def _check(self, entries: Iterable[ExerciseProgress], *, foreground: bool) -> list[Action]:
        """Return a check for each of these exercises that is filled in."""
        jobs: list[Action] = []
        for entry in entries:
            text = self._texts.get(entry.chapter.name)
            if entry.status is ExerciseStatus.TODO or text is None or entry.chapter.name in self.unreadable:
                continue
            (self._foreground if foreground else self._background).add(entry.id)
            if foreground:
                self.is_slow, self._waiting_since = False, None
            jobs.append(CheckExercises(entry.chapter, (entry.exercise,), text, foreground))
        return jobs

    def _forget_unfinished(self, chapter: Chapter) -> None:
        ids = {entry.id for entry in self.progress.chapter(chapter)}
        self._foreground -= ids
        self._background -= ids
