"""What a check says of itself: its name, its marks and its docstring, read into a result that is still to do."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from torchdojo.course import Chapter, ExerciseId
from torchdojo.course.errors import did_you_mean
from torchdojo.grading.author_files import describe_unknown
from torchdojo.grading.calibration import FALSE_FAILURE_RATE
from torchdojo.grading.examples import is_given
from torchdojo.grading.result import CheckResult

MARKS = (
    "exercise(name): the exercise of a check; without it, the one that the test or its file is named after",
    "points(n, each=False): the points of a test, or of each of its cases; without it, a share of what is left",
    "chance(p): the probability that correct work fails a check on randomness",
    "kept(why): why a check exists although others catch all that it does",
    "public: released to learners",
    "core: the point of its exercise, which earns at most a quarter of its points without it",
    "guessable: an answer without work may pass it, so it earns only beside a check that is not",
    "hint(text): the first hint to show while the check fails",
    "rests_on(*words): the words of the learner's text that state what the check demands",
    "timeout(seconds): the limit of each question that the check asks, in place of the chapter's",
)
# Those of pytest that mean something for a check: no check is expected to fail, and none needs another framework.
PYTEST_MARKS = ("parametrize", "skip", "skipif", "usefixtures", "filterwarnings")
MARK_NAMES = (*(re.split(r"\W", mark)[0] for mark in MARKS), *PYTEST_MARKS)
FIXTURES = ("compare", "observe", "rejects", "reaches", "recompare", "probes", "drawn", "submission", "tmp_path")
MAX_CHANCE = FALSE_FAILURE_RATE  # no check is less certain than one with a calibrated threshold
MAX_SECONDS = 3600
Case = tuple[pytest.Item, CheckResult]
Refuse = Callable[[pytest.Item, str], None]  # reports what is wrong with a check to its author


class MarkError(Exception):
    """What is wrong with a check's marks, for its author."""


def read_check(item: pytest.Item, chapter: Chapter) -> CheckResult:
    """Return a check that has not been run. Its points are nan where it does not say them. MarkError if it is wrong."""
    _refuse_what_judges_nothing(item)
    exercise = find_exercise(item, chapter)
    points, chance, kept = _mark(item, "points"), _mark(item, "chance", 0.0), _mark(item, "kept", "")
    hint, rests_on = _mark(item, "hint", ""), getattr(item.get_closest_marker("rests_on"), "args", ())
    if has_mark(item, "points") and (not _is_number(points) or points < 0):
        raise MarkError(f"points takes a number of at least 0, as in @pytest.mark.points(0.5), not {points!r}")
    if not _is_number(chance) or not 0 <= chance <= MAX_CHANCE:
        raise MarkError(f"chance takes a probability of at most {MAX_CHANCE:g}: @pytest.mark.chance(1e-7)")
    if not isinstance(kept, str):
        raise MarkError('kept takes the reason: @pytest.mark.kept("why")')
    if not isinstance(hint, str):
        raise MarkError('hint takes a text: @pytest.mark.hint("Which dimension is summed?")')
    if not all(isinstance(words, str) and words.strip() for words in rests_on):
        raise MarkError('rests_on takes words of the text: @pytest.mark.rests_on("in place")')
    return CheckResult(
        exercise=ExerciseId(chapter.name, exercise),
        check=item.name.removeprefix("test_"),
        title=_title(item),
        points=float(points) if has_mark(item, "points") else math.nan,
        chance=float(chance),
        kept=kept,
        public=has_mark(item, "public"),
        core=has_mark(item, "core"),
        guessable=has_mark(item, "guessable"),
        rests_on=rests_on,
        hint=hint,
        timeout=read_timeout(item),
    )


def _refuse_what_judges_nothing(item: pytest.Item) -> None:
    """Raise MarkError for a form of pytest's that gives no verdict on a submission."""
    if has_mark(item, "xfail"):
        raise MarkError("no check is expected to fail: remove its xfail mark, or skip it")
    if inspect.iscoroutinefunction(getattr(item, "obj", None)):
        raise MarkError("an async check is not run: make it a plain function, and call asyncio.run in it")
    fixtures = set(getattr(item, "fixturenames", ()))
    if "subtests" in fixtures:
        raise MarkError("subtests have no verdict of their own: use @pytest.mark.parametrize")
    if "drawn" in fixtures and is_given(item):
        raise MarkError("drawn and hypothesis both choose its parameters: use one of them")
    found = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", None)
    unknown = sorted(fixtures - {"request", *found}) if found is not None else []
    if unknown:
        raise MarkError(describe_unknown("fixture", unknown[0], FIXTURES))


def find_exercise(item: pytest.Item, chapter: Chapter) -> str:
    """Return the exercise that a check belongs to. MarkError if none can be found.

    That is the one its mark names; or that its own name begins with, such as test_sigmoid_of_zero; or that its class or
    its file is named after, such as TestSigmoid or test_sigmoid.py; or the only one of the chapter.
    """
    names = [exercise.name for exercise in chapter.graded_exercises]
    if not names:
        raise MarkError(f"every exercise of {chapter.name} is graded by hand, so it has no checks")
    if has_mark(item, "exercise"):
        name = _mark(item, "exercise")
        if name in (exercise.name for exercise in chapter.hand_exercises):
            raise MarkError(f"its exercise mark names {name}, which is graded by hand and has no checks")
        if name not in names:
            meant = did_you_mean(name, names) if isinstance(name, str) else ""
            raise MarkError(f"its exercise mark names {name!r}, which is not in course.toml{meant}")
        return str(name)
    test = getattr(item, "originalname", item.name)
    owner = getattr(item, "cls", None)
    for text in (test, owner.__name__ if owner else "", item.path.stem):
        words = _plain(text).removeprefix("test")
        begins = [name for name in names if words.startswith(_plain(name))]
        if begins:
            return max(begins, key=len)
    if len(names) == 1:
        return names[0]
    known = ", ".join(names)
    raise MarkError(f'name the exercise of its file: pytestmark = pytest.mark.exercise("{names[0]}"), one of {known}')


def share_points(cases: Sequence[Case], chapter: Chapter, refuse: Refuse) -> None:
    """Give each check its points: of a test with several cases an equal share, unless the mark says `each=True`.

    What the marks leave of an exercise's points is shared by its tests that say none. If nothing is left, the first of
    those is refused.
    """
    tests: dict[tuple[str, str], list[Case]] = {}
    for item, check in cases:
        name = item.nodeid.partition("[")[0]
        tests.setdefault((check.exercise.name, name), []).append((item, check))
    for own in tests.values():
        mark = own[0][0].get_closest_marker("points")
        if mark is not None and not mark.kwargs.get("each", False):
            for (_, check), points in zip(own, split_points(own[0][1].points, len(own)), strict=True):
                check.points = points
    for exercise in chapter.exercises:
        tests_of = [own for (name, _), own in tests.items() if name == exercise.name]
        unsaid = [own for own in tests_of if math.isnan(own[0][1].points)]
        said = sum(check.points for own in tests_of for _, check in own if not math.isnan(check.points))
        if not unsaid:
            continue
        left = exercise.points - said
        if left <= 1e-9:
            others = f"the other checks of {exercise.name} have all {exercise.points:g} points of course.toml"
            refuse(
                unsaid[0][0][0], f"no points are left for it: {others}; raise them there, or lower those of the others"
            )
            continue
        for own, share in zip(unsaid, split_points(left, len(unsaid)), strict=True):
            for (_, check), points in zip(own, split_points(share, len(own)), strict=True):
                check.points = points


def split_points(points: float, count: int) -> list[float]:
    """Return equal shares of points, in hundredths where there are enough; the first ones take what does not divide."""
    hundredths = int(100 * points + 1e-6)
    if hundredths < count:
        return [points / count] * count
    share, more = divmod(hundredths, count)
    shares = [(share + (index < more)) / 100 for index in range(count)]
    shares[0] = points - sum(shares[1:])
    return [shares[0] if count == 1 else round(shares[0], 9), *shares[1:]]


def read_timeout(item: pytest.Item) -> float | None:
    """Return the seconds of a check's timeout mark, as pytest-timeout has it; None without one. MarkError if wrong."""
    mark = item.get_closest_marker("timeout")
    if mark is None:
        return None
    seconds: Any = mark.args[0] if mark.args else mark.kwargs.get("timeout")
    if not _is_number(seconds) or not 0 < seconds <= MAX_SECONDS:
        raise MarkError(f"timeout takes seconds, more than 0 and at most {MAX_SECONDS:,}: @pytest.mark.timeout(5)")
    return float(seconds)


def has_mark(item: pytest.Item, name: str) -> bool:
    """Whether a check has a mark."""
    return item.get_closest_marker(name) is not None


def _mark(item: pytest.Item, name: str, default: Any = None) -> Any:
    """Return the argument of a check's mark, None if it has none, or the default if there is no such mark."""
    mark = item.get_closest_marker(name)
    return default if mark is None else mark.args[0] if mark.args else None


def _title(item: pytest.Item) -> str:
    """Return the first line of a check's docstring, or its name with spaces; with the parameters of its case."""
    test = getattr(item, "originalname", None) or item.name
    lines = (getattr(getattr(item, "obj", None), "__doc__", None) or "").strip().splitlines()
    title = lines[0].rstrip(".") if lines else test.removeprefix("test_").replace("_", " ")
    case = getattr(getattr(item, "callspec", None), "id", "")
    return f"{title} [{case}]" if case else title


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)
