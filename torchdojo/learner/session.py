"""What `dojo watch` knows and decides: one small state machine. It reads no clock, no file and no key by itself.

Each method takes in one thing that happened and returns what is to be done about it, in order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from torchdojo.course import Chapter, Exercise
from torchdojo.grading.status import ExerciseStatus, ResultStatus
from torchdojo.learner.progress import Progress, Standing
from torchdojo.source.files import SourceError, check_text
from torchdojo.source.keys import code_keys, definition_keys

if TYPE_CHECKING:
    from torchdojo.learner.checker import Checked

PATIENCE = 0.5  # seconds that a file may be empty or not parse before anybody speaks of it: an editor may be saving
YES, NEXT, HINT, LIST, ALL, RESET, QUIT = "y", "n", "h", "l", "c", "r", "q"


class Page(Enum):
    """What the screen is about."""

    VERDICT = "the exercise at hand"
    HINT = "a hint for it"
    LIST = "every exercise"
    ALL = "what checking everything found"
    ASK = "whether to reset it"


@dataclass(frozen=True)
class Check:
    """To do: check these exercises of a text. front: somebody waits for it; else it goes on behind the scenes."""

    chapter: Chapter
    exercises: tuple[Exercise, ...]
    source: bytes
    front: bool


@dataclass(frozen=True)
class Warm:
    """To do: get everything ready that checking this exercise will need."""

    chapter: Chapter
    exercise: Exercise


@dataclass(frozen=True)
class Forget:
    """To do: drop every check of this chapter that has not ended; its text has changed. None: of all chapters."""

    chapter: Chapter | None


@dataclass(frozen=True)
class Reset:
    """To do: put this exercise back to its stub."""

    chapter: Chapter
    exercise: Exercise


@dataclass(frozen=True)
class Deeper:
    """To do: remember that one more hint of this exercise was shown."""

    chapter: Chapter
    exercise: Exercise


class Simple(Enum):
    """To do, without anything more to say."""

    DRAW = "draw the screen"
    SAVE = "remember the progress"
    QUIT = "end"


Todo = Check | Warm | Forget | Reset | Deeper | Simple


@dataclass
class Session:
    """One sitting with `dojo watch`.

    at: the exercise at hand; it changes when the learner asks for the next one, or edits another
    results: what the last check of each exercise gave; broken: why a chapter's file cannot be read
    hints: how many hints of each exercise were shown; note: a line of news
    """

    progress: Progress
    hints: dict[str, int] = field(default_factory=dict)
    page: Page = Page.VERDICT
    note: str = ""
    results: dict[str, Checked] = field(default_factory=dict)
    broken: dict[str, SourceError] = field(default_factory=dict)
    _texts: dict[str, bytes] = field(default_factory=dict)
    _half: dict[str, tuple[SourceError, float]] = field(default_factory=dict)
    _front: set[str] = field(default_factory=set)
    _behind: set[str] = field(default_factory=set)
    _right: set[str] = field(default_factory=set)
    _lost: list[str] = field(default_factory=list)
    _at: str = ""

    @property
    def at(self) -> Standing:
        """The standing of the exercise at hand."""
        return next(standing for standing in self.progress if standing.name == self._at)

    @property
    def waiting_for(self) -> list[str]:
        """The full names of the exercises whose verdict somebody waits for."""
        return sorted(self._front)

    @property
    def behind(self) -> int:
        """How many exercises are still to be checked behind the scenes."""
        return len(self._behind)

    def start(self, texts: dict[str, bytes | SourceError]) -> list[Todo]:
        """Begin at the first exercise that is not right. texts: each chapter's file by the chapter's name."""
        for chapter in self.progress.course.chapters:
            text = texts[chapter.name]
            try:
                if isinstance(text, SourceError):
                    raise text
                code_keys(text, chapter.builds_on)
                self._texts[chapter.name] = text
            except SourceError as error:
                self.broken[chapter.name] = error
        self._right = {standing.name for standing in self.progress if standing.status is ExerciseStatus.PASSED}
        here = self.progress.at_hand() or next(iter(self.progress))
        outdated = [s for s in self.progress if self.progress.outdated(s) and s is not here]
        return [*self._turn_to(here), *self._check(outdated, front=False)]

    def saved(self, chapter: Chapter, text: bytes | SourceError, now: float) -> list[Todo]:
        """A chapter's file has changed. now: seconds on any clock that only goes forward."""
        old = self._texts.get(chapter.name)
        try:
            if isinstance(text, SourceError):
                raise text
            check_text(text)
            own, keys = definition_keys(text, chapter.builds_on), code_keys(text, chapter.builds_on)
        except SourceError as error:
            first = self._half.get(chapter.name, (error, now + PATIENCE))[1]
            self._half[chapter.name] = (error, first)
            return []
        self._half.pop(chapter.name, None)
        mended = self.broken.pop(chapter.name, None) is not None
        if text == old and not mended:
            return []
        old_own, old_keys = (
            (definition_keys(old, chapter.builds_on), code_keys(old, chapter.builds_on))
            if old is not None
            else ({}, {})
        )
        edited = [e for e in chapter.exercises if own.get(e.name) != old_own.get(e.name)] if old is not None else []
        touched = [e for e in chapter.exercises if keys[e.name] != old_keys.get(e.name)]
        return self._recheck(chapter, text, edited, touched)

    def _recheck(
        self, chapter: Chapter, text: bytes, edited: Sequence[Exercise], touched: Sequence[Exercise]
    ) -> list[Todo]:
        """Check what a save has changed: the exercise at hand first, the rest behind the scenes."""
        unfinished = self._pending(chapter)
        self._texts[chapter.name] = text
        self.progress.look(chapter, text)
        self.note = ""
        self._lost = []
        names = {f"{chapter.name}/{exercise.name}" for exercise in edited}
        if names and self._at not in names:
            self._at = f"{chapter.name}/{edited[0].name}"
        todo: list[Todo] = [Forget(chapter)]
        self._drop(chapter)
        if self.at.chapter is chapter:
            self.page = Page.VERDICT
            todo += self._check([self.at], front=True)
        rest = [e for e in chapter.exercises if e in touched or e.name in unfinished]
        standings = [self.progress.of(chapter, e) for e in rest if e is not self.at.exercise]
        return [*todo, *self._check(standings, front=False), Simple.DRAW]

    def tick(self, now: float) -> list[Todo]:
        """Time has passed: a file that is still broken after a while is spoken of."""
        late = [name for name, (_, until) in self._half.items() if until <= now]
        for name in late:
            chapter = self.progress.course.find(name)
            assert chapter is not None
            self.broken[name] = self._half.pop(name)[0]
            self._drop(chapter)
            if self.at.chapter is not chapter:
                self._at = self.progress.chapter(chapter)[0].name
            self.page = Page.VERDICT
        return [Simple.DRAW] if late else []

    def checked(self, job: Check, found: Checked) -> list[Todo]:
        """A check has ended. What it found in a text that has changed since is of no interest."""
        if self._texts.get(job.chapter.name) is not job.source:
            return []
        names = {f"{job.chapter.name}/{exercise.name}" for exercise in job.exercises}
        self._front -= names
        self._behind -= names
        if found.result.status is ResultStatus.GRADED:
            self.progress.learn(job.chapter, found.result.checks)
        for name in names:
            self.results[name] = found
        self._right |= {standing.name for standing in self.progress if standing.status is ExerciseStatus.PASSED}
        lost = [s for s in self.progress if s.status is ExerciseStatus.FAILED and s.name in self._right]
        self._right -= {standing.name for standing in lost}
        self._lost += [standing.exercise.name for standing in lost if standing.name != self._at]
        if self._lost:
            verb = "was right before this change and is" if len(self._lost) == 1 else "were right before and are"
            self.note = f"{', '.join(self._lost)} {verb} not right now."
        return [Simple.SAVE, Simple.DRAW]

    def failed(self, job: Check, words: str) -> list[Todo]:
        """A check could not be made, for reasons that are not the learner's."""
        names = {f"{job.chapter.name}/{exercise.name}" for exercise in job.exercises}
        self._front -= names
        self._behind -= names
        return self.say(words)

    def keys_now(self) -> dict[str, str]:
        """Return the keys that work now, and what each does."""
        if self.page is Page.ASK:
            return {YES: "reset it", NEXT: "leave it"}
        here = self.at
        keys: dict[str, str] = {}
        if self._next() is not None:
            keys[NEXT] = "next" if here.status is ExerciseStatus.PASSED else "another one"
        if self.deeper() and here.chapter.name not in self.broken:
            keys[HINT] = "hint" if not self.hints.get(here.name) else "deeper hint"
        keys[LIST] = "back" if self.page is Page.LIST else "list"
        if self._filled():
            keys[ALL] = "check all"
        if here.status is not ExerciseStatus.TODO:
            keys[RESET] = f"reset {here.exercise.name}"
        return {**keys, QUIT: "quit"}

    def key(self, key: str) -> list[Todo]:
        """A key was pressed; one that does not work now does nothing."""
        if key not in self.keys_now():
            return []
        if self.page is Page.ASK:
            self.page = Page.VERDICT
            return [Reset(self.at.chapter, self.at.exercise), Simple.DRAW] if key == YES else [Simple.DRAW]
        self.note = ""
        if key == NEXT:
            following = self._next()
            assert following is not None
            return self._turn_to(following)
        if key == HINT:
            self.page = Page.HINT
            self.hints[self._at] = self.hints.get(self._at, 0) + 1
            return [Deeper(self.at.chapter, self.at.exercise), Simple.DRAW]
        if key == ALL:
            return self._check_all()
        if key == QUIT:
            return [Simple.QUIT]
        self.page = Page.ASK if key == RESET else Page.VERDICT if self.page is Page.LIST else Page.LIST
        return [Simple.DRAW]

    def deeper(self) -> bool:
        """Whether there is a hint for the exercise at hand that was not shown yet, and a use for it."""
        here = self.at
        return here.status is not ExerciseStatus.PASSED and self.hints.get(here.name, 0) < len(here.exercise.hints)

    def say(self, note: str) -> list[Todo]:
        """Show a line of news."""
        self.note = note
        return [Simple.DRAW]

    def _turn_to(self, standing: Standing) -> list[Todo]:
        """Make an exercise the one at hand."""
        self._at = standing.name
        self.page = Page.VERDICT
        if standing.status is ExerciseStatus.TODO or standing.chapter.name in self.broken:
            return [Warm(standing.chapter, standing.exercise), Simple.DRAW]
        return [*self._check([standing], front=True), Simple.DRAW]

    def _next(self) -> Standing | None:
        """Return the first exercise after the one at hand that is not right yet, from the start again at the end."""
        standings = list(self.progress)
        here = [standing.name for standing in standings].index(self._at)
        later = standings[here + 1 :] + standings[:here]
        return next((standing for standing in later if standing.status is not ExerciseStatus.PASSED), None)

    def _filled(self) -> list[Standing]:
        return [s for s in self.progress if s.status is not ExerciseStatus.TODO and s.chapter.name in self._texts]

    def _check_all(self) -> list[Todo]:
        self.page = Page.ALL
        self._front.clear()
        self._behind.clear()
        return [Forget(None), *self._check(self._filled(), front=False), Simple.DRAW]

    def _check(self, standings: Sequence[Standing], *, front: bool) -> list[Todo]:
        """Return the checks of these exercises, those that are filled in, one by one."""
        jobs: list[Todo] = []
        for standing in standings:
            text = self._texts.get(standing.chapter.name)
            if standing.status is ExerciseStatus.TODO or text is None or standing.chapter.name in self.broken:
                continue
            (self._front if front else self._behind).add(standing.name)
            jobs.append(Check(standing.chapter, (standing.exercise,), text, front))
        return jobs

    def _pending(self, chapter: Chapter) -> set[str]:
        """Return the exercises of a chapter whose check has not ended."""
        names = (name.partition("/") for name in self._front | self._behind)
        return {exercise for owner, _, exercise in names if owner == chapter.name}

    def _drop(self, chapter: Chapter) -> None:
        for names in (self._front, self._behind):
            names.difference_update({standing.name for standing in self.progress.chapter(chapter)})
