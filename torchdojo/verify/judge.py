"""Hold a verdict against what it must be."""

from __future__ import annotations

from torchdojo.course import Chapter
from torchdojo.grading.result import CheckResult, Result
from torchdojo.grading.status import CheckStatus, ResultStatus
from torchdojo.verify.subjects import Expectation

ANY_NUMBER = ("zeros", "ones", "numbers nudged")  # may reach a threshold: an accuracy of 1, a loss in accuracy of 0


def problems_of(chapter: Chapter, result: Result, wanted: Expectation) -> list[str]:
    """Return what is wrong with a verdict, in words; [] if all is as it must be."""
    if result.status is ResultStatus.GRADER_ERROR and not result.checks:
        return [f"grader_error: {result.message}"]
    ours = [c for c in result.checks if c.status is CheckStatus.GRADER_ERROR]
    broken = [f"{where(c)} is a grader_error: {c.finding.got}" for c in ours]
    if broken:
        return broken
    if wanted.kind == "mutant":
        return [] if fails(result, wanted) else [f"survives every check of {wanted.exercise}:\n{wanted.diff}"]
    if result.status is ResultStatus.REJECTED:
        return [f"rejected: {result.message}"]
    if wanted.kind == "tampered":
        return [
            f"{where(c)} passes with {wanted.id} in place of the right answers"
            for c in result.checks
            if {"value", "changed"} <= c.kinds
            and c.status is not CheckStatus.FAILED
            and not ("threshold" in c.kinds and wanted.id in ANY_NUMBER)
        ]
    if wanted.kind in ("reference", "accepted"):
        return [f"{where(c)} is {c.status}: {c.message}" for c in result.checks if not c.status.is_done]
    if wanted.kind == "stub":
        return [
            f"{where(c)} is {c.status}, not todo" for c in result.checks if c.status is not CheckStatus.TODO or c.earned
        ]
    return _mistake_problems(chapter, result, wanted)


def fails(result: Result, wanted: Expectation) -> list[str]:
    """Return the checks of the subject's own exercise that did not pass."""
    return [c.check for c in result.checks if c.exercise.name == wanted.exercise and not c.status.is_done]


def is_named(result: Result, wanted: Expectation) -> bool:
    """Whether a learner would be told a mistake by its name, in its own exercise."""
    return any(c.mistake == wanted.id for c in result.checks if c.exercise.name == wanted.exercise)


def where(check: CheckResult) -> str:
    """Return a check's place as exercise/check."""
    return f"{check.exercise.name}/{check.check}"


def _mistake_problems(chapter: Chapter, result: Result, wanted: Expectation) -> list[str]:
    here = {c.check: c for c in result.checks if c.exercise.name == wanted.exercise}
    failed = {name for name, c in here.items() if not c.status.is_done}
    problems = []
    for name in wanted.fails:
        if name not in here:
            problems.append(f"FAILS names {name!r}, which is no check of {wanted.exercise}")
        elif here[name].status is CheckStatus.PASSED:
            problems.append(f"{name} passes, but should fail")
    if not failed and not any(c.status is CheckStatus.SKIPPED for c in here.values()):
        problems.append("earns all points of its exercise")
    problems += _spilt(chapter, result, wanted)
    problems += [f"{where(c)} does not say {what}" for c in result.checks for what in _unsaid(c)]
    told = {here[name].mistake for name in failed & set(wanted.fails)}
    if failed and told != {wanted.id}:
        names = ", ".join(sorted(str(name) for name in told)) or "nothing"
        detail = next((here[n].message for n in sorted(failed) if here[n].mistake != wanted.id), "")
        problems.append(f"is diagnosed as {names}, not as itself. {detail}")
    return problems


def _unsaid(check: CheckResult) -> list[str]:
    """Return what the message of a check that failed leaves out."""
    if not check.status.is_wrong or check.status in (CheckStatus.FORBIDDEN, CheckStatus.GRADER_ERROR):
        return []
    found = check.finding
    said = {"what was called": found.called, "what was expected": found.expected, "what came back": found.got}
    return [what for what, words in said.items() if not words]


def _spilt(chapter: Chapter, result: Result, wanted: Expectation) -> list[str]:
    """Return the failures in exercises that neither are the mistake's own nor build on it."""
    allowed = {wanted.exercise, *built_on(chapter, wanted.exercise)}
    return [
        f"{where(c)} fails too, outside its exercise: {c.message}"
        for c in result.checks
        if not c.status.is_done and c.exercise.name not in allowed
    ]


def built_on(chapter: Chapter, exercise: str) -> set[str]:
    """Return the exercises that build on one, directly or through others."""
    found: set[str] = set()
    grown = True
    while grown:
        more = {
            e.name
            for e in chapter.exercises
            if e.name not in found and (exercise in e.builds_on or found & set(e.builds_on))
        }
        found |= more
        grown = bool(more)
    return found
