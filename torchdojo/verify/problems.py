"""Find what is wrong with a verdict, and say where and how to cure it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from torchdojo.course import cases_of, without_case
from torchdojo.grading.result import CheckResult, Result
from torchdojo.grading.scoring import is_revoked
from torchdojo.grading.status import CheckStatus, ResultStatus
from torchdojo.near_names import near_names
from torchdojo.verify.places import Places
from torchdojo.verify.subjects import Expectation

# Tampered answers that may reach a threshold: an accuracy of 1, a loss in accuracy of 0.
MAY_REACH_THRESHOLD = ("zeros", "ones", "numbers nudged")
ASKS_NOTHING = (
    "asks nothing of the submission, so that every answer passes: use compare, observe, rejects, reaches or submission "
    "in it, or delete it"
)
GUESSABLE = "@pytest.mark.guessable"


def find_problems(result: Result, expectation: Expectation, places: Places | None = None) -> list[str]:
    """Return what is wrong with a verdict; [] if it is as expected. places: where the checks are"""
    places = places or {}
    if result.status is ResultStatus.GRADER_ERROR and not result.checks:
        return [f"grader_error: {result.message}"]
    errors = [check for check in result.checks if check.status is CheckStatus.GRADER_ERROR]
    if errors:
        return [f"{_where(check, places)} is a grader_error: {check.finding.got}" for check in errors]
    if expectation.kind == "mutant":
        return [] if failed_checks(result, expectation) else [_survival(result, expectation)]
    if expectation.kind in ("replayed", "lazy"):
        return _unearned_points(result, expectation, places)
    if expectation.kind == "variant":
        return _variant_problems(result, expectation, places)
    if result.status is ResultStatus.REJECTED:
        return [f"{_at(expectation)}rejected: {result.message}"]
    if expectation.kind == "tampered":
        return [
            f"{_where(check, places)} passes with {expectation.id} in place of the right answers: compare all it asks"
            for check in result.checks
            if {"value", "changed"} <= check.kinds
            and check.status is not CheckStatus.FAILED
            and not ("threshold" in check.kinds and expectation.id in MAY_REACH_THRESHOLD)
        ]
    if expectation.kind in ("reference", "accepted"):
        return _refusals(result, expectation, places)
    if expectation.kind == "stub":
        unexpected = [check for check in result.checks if check.status is not CheckStatus.TODO or check.earned]
        return [f"{_where(check, places)} is {check.status}, not todo" for check in unexpected]
    return _mistake_problems(result, expectation, places)


def _at(expectation: Expectation) -> str:
    return f"{expectation.place}: " if expectation.place else ""


def _where(check: CheckResult, places: Places) -> str:
    """Return a check's name, after its place if that is known."""
    name = check_name(check)
    return f"{places[name]}: {name}" if name in places else name


def _survival(result: Result, expectation: Expectation) -> str:
    """Return that a mutant passes every check, its change, and what to do about it."""
    key = f"{expectation.exercise}/{expectation.id}"
    return (
        f"{_at(expectation)}survives every check of {expectation.exercise}:\n{expectation.diff.strip()}\n"
        "Add a check that fails it. If it means the same as the reference, add to "
        f'graders/{result.chapter}/equivalent.json:\n  {{"{key}": "why it means the same"}}'
    )


def _refusals(result: Result, expectation: Expectation, places: Places) -> list[str]:
    """Return the checks that a right answer does not pass."""
    cure = ""
    if expectation.kind == "accepted":
        cure = (
            f"\nIf {expectation.place or 'the accepted answer'} is right, the check asks too much: change it so that "
            "both this answer and the reference pass. If not, delete this answer, or make it a mistake."
        )
    refused = [check for check in result.checks if not check.status.is_done]
    problems = [f"{_where(check, places)} is {check.status}:\n{check.message}{cure}" for check in refused]
    if expectation.kind == "reference":
        idle = (check for check in result.checks if check.status is CheckStatus.PASSED and not check.called)
        problems += [f"{_where(check, places)} {ASKS_NOTHING}" for check in idle]
    return problems


def earned_share(result: Result, expectation: Expectation) -> float:
    """Return the share of the points of its own exercise that a subject earned."""
    own = [check for check in result.checks if check.exercise.name == expectation.exercise]
    return sum(check.earned for check in own) / (sum(check.max_score for check in own) or 1.0)


def _unearned_points(result: Result, expectation: Expectation, places: Places) -> list[str]:
    """Return that an answer without work earns points, by which checks, and the marks that prevent it."""
    share = earned_share(result, expectation)
    if share <= expectation.most:
        return []
    passed = "\n".join(f"  {_where(c, places)} passes, and earns {c.earned:g}" for c in result.checks if c.earned)
    return [
        f"earns {share:.0%} of {expectation.exercise}, at most {expectation.most:.0%} expected:\n{passed}\n"
        f"Mark a check that such an answer may pass {GUESSABLE}, so that it earns only beside one that is not; "
        "or ask more of it."
    ]


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


def _mistake_problems(result: Result, expectation: Expectation, places: Places) -> list[str]:
    own = {check.check: check for check in result.checks if check.exercise.name == expectation.exercise}
    failed = [name for name, check in own.items() if not check.status.is_done]
    if not failed and expectation.is_reference:
        return [f"{_at(expectation)}has the reference's code: make the mistake in it"]
    problems = _wrong_fails(own, failed, expectation) or _wrong_diagnosis(own, failed, expectation)
    problems += _failures_elsewhere(result, expectation, places)
    problems += [f"{_where(c, places)} does not say {part}" for c in result.checks for part in _missing_parts(c)]
    return problems


def _wrong_fails(own: Mapping[str, CheckResult], failed: list[str], expectation: Expectation) -> list[str]:
    """Return the names in FAILS of no check, or of one that passes, and the FAILS that is right."""
    cases = {name: cases_of(name, own) for name in expectation.fails}
    unknown = [name for name, checks in cases.items() if not checks]
    passing = [name for name, checks in cases.items() if checks and _all_pass(own, checks)]
    is_skipped = any(check.status is CheckStatus.SKIPPED for check in own.values())
    if not failed and not is_skipped:
        return [
            f"{_at(expectation)}{_passes(passing or ['each of its checks'])}: it earns all points of its exercise.\n"
            "Either it is right, or no check asks for what is wrong with it: change the mistake, or add a check that "
            "fails it."
        ]
    said = [
        f"FAILS names {name!r}, which is not a check of {expectation.exercise}{_near(name, own)}" for name in unknown
    ]
    if passing:
        also = f" ({', '.join(sorted(failed))} {'fails' if len(failed) == 1 else 'fail'})" if failed else ""
        said.append(_passes(passing) + also)
    if not said:
        return []
    right = [name for name in expectation.fails if name not in (*unknown, *passing)] or failed
    return [f"{_at(expectation)}{'; '.join(said)}. Write\n  {fails_line(right)}"]


def _passes(checks: Sequence[str]) -> str:
    return f"{', '.join(checks)} {'passes' if len(checks) == 1 else 'pass'}, but should fail"


def _all_pass(own: Mapping[str, CheckResult], checks: Iterable[str]) -> bool:
    return all(own[name].status is CheckStatus.PASSED for name in checks)


def _near(name: str, known: Iterable[str]) -> str:
    near = near_names(name.removeprefix("test_"), known)
    return f" (did you mean {near[0]}?)" if near else ""


def fails_line(checks: Collection[str]) -> str:
    """Return the line of a mistake that names these checks, the cases of a parametrized test by the test."""
    names = list(dict.fromkeys(without_case(check) for check in checks))
    quoted = ", ".join(f'"{name}"' for name in names)
    return f"FAILS = ({quoted},)" if len(names) == 1 else f"FAILS = ({quoted})"


def _wrong_diagnosis(own: Mapping[str, CheckResult], failed: list[str], expectation: Expectation) -> list[str]:
    """Return that the checks that must fail name another mistake, or none, and what tells them apart."""
    must = {check for name in expectation.fails for check in cases_of(name, failed)}
    diagnosed = {own[name].mistake for name in must if not own[name].by_steps}
    if not failed or diagnosed == {expectation.id} or all(own[name].by_steps for name in must):
        return []
    names = ", ".join(sorted(str(name) for name in diagnosed)) or "nothing"
    others = sorted(name for name in diagnosed if name not in (None, expectation.id))
    message = next((own[name].message for name in sorted(failed) if own[name].mistake != expectation.id), "")
    cure = (
        "Its learners would read no explanation: what fails gets the same answers from another mistake, or shows too "
        "little of the answers. Ask for a question that tells them apart."
    )
    if others:
        cure = (
            f"Both give the same answers where they fail. Ask a question that tells them apart, or name in FAILS of "
            f"{others[0]} a check that this one passes."
        )
    return [f"{_at(expectation)}is diagnosed as {names}, not as itself. {cure}\n{message}"]


def _variant_problems(result: Result, expectation: Expectation, places: Places) -> list[str]:
    """Return what is wrong with the verdict on a variant: a false name, or a check that passes unlike its mistake's."""
    own = {check.check: check for check in result.checks if check.exercise.name == expectation.exercise}
    trained = {name for name, check in own.items() if "threshold" in check.kinds}
    expected = {name: cases_of(name, own) for name in expectation.fails}
    passed = [n for n, checks in expected.items() if checks and not trained & {*checks} and _all_pass(own, checks)]
    problems = [
        f"{_at(expectation)}{name} passes, but fails with the mistake itself, which this code means, too: "
        f"ask {name} for what both get wrong, or leave it out of FAILS"
        for name in passed
    ]
    false = set(names_given(result, expectation)) - {expectation.id, expectation.beside}
    for wrong in sorted(false):
        check = next(check for check in own.values() if check.mistake == wrong)
        problems.append(
            f"{_where(check, places)} is diagnosed as {wrong}, not as itself or nothing. Ask a question that tells "
            f"the two apart, or name in FAILS of {wrong} a check that this one passes.\n{check.message}"
        )
    return problems


def _missing_parts(check: CheckResult) -> list[str]:
    """Return what the message of a check that failed leaves out."""
    if not check.status.is_wrong or check.status in (CheckStatus.FORBIDDEN, CheckStatus.GRADER_ERROR):
        return []
    finding = check.finding
    parts = {"what was called": finding.called, "what was expected": finding.expected, "what came back": finding.got}
    return [part for part, text in parts.items() if not text]


def _failures_elsewhere(result: Result, expectation: Expectation, places: Places) -> list[str]:
    """Return the failures in exercises other than the mistake's own: nothing is wrong there."""
    return [
        f"{_where(check, places)} fails too, outside its exercise. If {check.exercise.name} uses "
        f"{expectation.exercise}, write below it in course.toml\n  "
        f'builds_on = ["{expectation.exercise}"]\n{check.message}'
        for check in result.checks
        if not check.status.is_done and check.exercise.name != expectation.exercise
    ]
