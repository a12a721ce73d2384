"""Find what is wrong with a verdict."""

from __future__ import annotations

from torchdojo.grading.result import CheckResult, Result
from torchdojo.grading.scoring import is_revoked
from torchdojo.grading.status import CheckStatus, ResultStatus
from torchdojo.verify.subjects import Expectation

# Tampered answers that may reach a threshold: an accuracy of 1, a loss in accuracy of 0.
MAY_REACH_THRESHOLD = ("zeros", "ones", "numbers nudged")


def find_problems(result: Result, expectation: Expectation) -> list[str]:
    """Return what is wrong with a verdict; [] if it is as expected."""
    if result.status is ResultStatus.GRADER_ERROR and not result.checks:
        return [f"grader_error: {result.message}"]
    errors = [check for check in result.checks if check.status is CheckStatus.GRADER_ERROR]
    if errors:
        return [f"{check_name(check)} is a grader_error: {check.finding.got}" for check in errors]
    if expectation.kind == "mutant":
        survives = not failed_checks(result, expectation)
        return [f"survives every check of {expectation.exercise}:\n{expectation.diff}"] if survives else []
    if expectation.kind in ("replayed", "lazy"):
        return _unearned_points(result, expectation)
    if expectation.kind == "variant":
        return _variant_problems(result, expectation)
    if result.status is ResultStatus.REJECTED:
        return [f"rejected: {result.message}"]
    if expectation.kind == "tampered":
        return [
            f"{check_name(check)} passes with {expectation.id} in place of the right answers"
            for check in result.checks
            if {"value", "changed"} <= check.kinds
            and check.status is not CheckStatus.FAILED
            and not ("threshold" in check.kinds and expectation.id in MAY_REACH_THRESHOLD)
        ]
    if expectation.kind in ("reference", "accepted"):
        return [f"{check_name(c)} is {c.status}: {c.message}" for c in result.checks if not c.status.is_done]
    if expectation.kind == "stub":
        unexpected = [check for check in result.checks if check.status is not CheckStatus.TODO or check.earned]
        return [f"{check_name(check)} is {check.status}, not todo" for check in unexpected]
    return _mistake_problems(result, expectation)


def earned_share(result: Result, expectation: Expectation) -> float:
    """Return the share of the points of its own exercise that a subject earned."""
    own = [check for check in result.checks if check.exercise.name == expectation.exercise]
    return sum(check.earned for check in own) / (sum(check.max_score for check in own) or 1.0)


def _unearned_points(result: Result, expectation: Expectation) -> list[str]:
    share = earned_share(result, expectation)
    if share <= expectation.most:
        return []
    passed = ", ".join(f"{c.check} ({c.earned:g})" for c in result.checks if c.earned)
    return [f"earns {share:.0%} of {expectation.exercise}, at most {expectation.most:.0%} expected: {passed}"]


def failed_checks(result: Result, expectation: Expectation) -> list[str]:
    """Return the checks of the subject's own exercise that did not pass; a guess whose points were taken back did."""
    own = (check for check in result.checks if check.exercise.name == expectation.exercise)
    return [check.check for check in own if not check.status.is_done and not is_revoked(check)]


def is_named(result: Result, expectation: Expectation) -> bool:
    """Whether a learner would be told the name of a mistake, in its own exercise."""
    own = (check for check in result.checks if check.exercise.name == expectation.exercise)
    return any(check.mistake == expectation.id for check in own)


def names_given(result: Result, expectation: Expectation) -> list[str]:
    """Return the ids of the mistakes that a learner would be told of, in a subject's own exercise."""
    own = (check for check in result.checks if check.exercise.name == expectation.exercise)
    return sorted({check.mistake for check in own if check.mistake})


def check_name(check: CheckResult) -> str:
    """Return "<exercise>/<check>"."""
    return f"{check.exercise.name}/{check.check}"


def _mistake_problems(result: Result, expectation: Expectation) -> list[str]:
    own = {check.check: check for check in result.checks if check.exercise.name == expectation.exercise}
    failed = {name for name, check in own.items() if not check.status.is_done}
    problems = []
    for name in expectation.fails:
        if name not in own:
            problems.append(f"FAILS names {name!r}, which is not a check of {expectation.exercise}")
        elif own[name].status is CheckStatus.PASSED:
            fail = f" ({', '.join(sorted(failed))} fails)" if failed else ""
            problems.append(f"{name} passes, but should fail{fail}")
    if not failed and not any(check.status is CheckStatus.SKIPPED for check in own.values()):
        problems.append("earns all points of its exercise: it is right, or no check asks for what is wrong with it")
    problems += _failures_elsewhere(result, expectation)
    problems += [f"{check_name(c)} does not say {part}" for c in result.checks for part in _missing_parts(c)]
    diagnosed = {own[name].mistake for name in failed & set(expectation.fails)}
    if failed and diagnosed != {expectation.id}:
        names = ", ".join(sorted(str(name) for name in diagnosed)) or "nothing"
        message = next((own[name].message for name in sorted(failed) if own[name].mistake != expectation.id), "")
        problems.append(f"is diagnosed as {names}, not as itself. {message}")
    return problems


def _variant_problems(result: Result, expectation: Expectation) -> list[str]:
    """Return what is wrong with the verdict on a variant: a false name, or a check that passes unlike its mistake's."""
    own = {check.check: check for check in result.checks if check.exercise.name == expectation.exercise}
    trained = {name for name, check in own.items() if "threshold" in check.kinds}
    passed = [n for n in expectation.fails if n in own and n not in trained and own[n].status is CheckStatus.PASSED]
    problems = [f"{name} passes, but fails with the mistake itself" for name in passed]
    false = set(names_given(result, expectation)) - {expectation.id, expectation.beside}
    for wrong in sorted(false):
        name, check = next((name, check) for name, check in own.items() if check.mistake == wrong)
        problems.append(f"{name} is diagnosed as {wrong}, not as itself or nothing. {check.message}")
    return problems


def _missing_parts(check: CheckResult) -> list[str]:
    """Return what the message of a check that failed leaves out."""
    if not check.status.is_wrong or check.status in (CheckStatus.FORBIDDEN, CheckStatus.GRADER_ERROR):
        return []
    finding = check.finding
    parts = {"what was called": finding.called, "what was expected": finding.expected, "what came back": finding.got}
    return [part for part, text in parts.items() if not text]


def _failures_elsewhere(result: Result, expectation: Expectation) -> list[str]:
    """Return the failures in exercises other than the mistake's own: nothing is wrong there."""
    return [
        f"{check_name(check)} fails too, outside its exercise: {check.message}"
        for check in result.checks
        if not check.status.is_done and check.exercise.name != expectation.exercise
    ]
