"""What pytest collects of a chapter: its checks, what they say of themselves, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from torchdojo.course import Chapter, CourseError, ExerciseId
from torchdojo.grading.author_files import describe_unknown
from torchdojo.grading.marks import MARK_NAMES, Case, MarkError, read_check, share_points


@dataclass
class CollectedChecks:
    """A chapter's checks, each with a result that is still to do, in the order of course.toml."""

    cases: list[Case] = field(default_factory=list)
    problems: list[CourseError] = field(default_factory=list)


def read_checks(items: Iterable[pytest.Item], chapter: Chapter, folder: Path) -> CollectedChecks:
    """Return the checks that pytest collected in a folder."""
    return _CheckReader(chapter, folder).read(list(items))


def fixtures_of(item: pytest.Item) -> Collection[str]:
    """Return the names of the fixtures that a check asks for."""
    return getattr(item, "fixturenames", ())


@dataclass
class _CheckReader:
    chapter: Chapter
    folder: Path
    problems: list[CourseError] = field(default_factory=list)

    def read(self, items: list[pytest.Item]) -> CollectedChecks:
        order = {exercise.name: index for index, exercise in enumerate(self.chapter.exercises)}
        cases: list[Case] = []
        self._refuse_unknown_marks(items)
        for item in items:
            try:
                cases.append((item, read_check(item, self.chapter)))
            except MarkError as error:
                self._refuse(item, str(error))
        self._refuse_doubles(cases)
        self._require_probes(item for item, _ in cases)
        share_points(cases, self.chapter, self._refuse)
        # What is repeated on a device comes after what it repeats.
        cases.sort(key=lambda case: (order[case[1].exercise.name], "recompare" in fixtures_of(case[0])))
        return CollectedChecks(cases, self.problems)

    def _refuse_unknown_marks(self, items: Iterable[pytest.Item]) -> None:
        """Refuse each mark once that nobody knows; pytest itself only warns, unless told otherwise."""
        told: set[str] = set()
        for item in items:
            lines = item.config.getini("markers")
            known = {*MARK_NAMES, *(line.partition(":")[0].partition("(")[0].strip() for line in lines)}
            for mark in item.iter_markers():
                if mark.name not in known | told:
                    told.add(mark.name)
                    self._refuse(item, describe_unknown("mark", mark.name, MARK_NAMES))

    def _require_probes(self, items: Iterable[pytest.Item]) -> None:
        path = self.folder / "probes.py"
        if any("probes" in fixtures_of(item) for item in items) and not path.is_file():
            self.problems.append(CourseError(path, "the chapter's probes are missing"))

    def _refuse_doubles(self, cases: Iterable[Case]) -> None:
        known: set[tuple[ExerciseId, str]] = set()
        for item, result in cases:
            if (result.exercise, result.check) in known:
                self._refuse(item, f"another check of {result.exercise.name} has this name")
            known.add((result.exercise, result.check))

    def _refuse(self, item: pytest.Item, message: str) -> None:
        path, line, _ = item.reportinfo()
        number = None if line is None else line + 1
        self.problems.append(CourseError(Path(path), message, line=number, key=item.name))
