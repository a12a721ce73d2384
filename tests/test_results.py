"""Results keep their type and their values through JSON."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from torchdojo.course import ExerciseId
from torchdojo.grading.failure import Finding
from torchdojo.grading.result import CheckResult, Result
from torchdojo.grading.status import CheckStatus, ResultStatus

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]*", fullmatch=True)
CHECKS = st.builds(
    CheckResult,
    exercise=st.builds(ExerciseId, NAMES, NAMES),
    check=NAMES,
    title=st.text(),
    points=NUMBERS,
    status=st.sampled_from(CheckStatus),
    earned=NUMBERS,
    seconds=NUMBERS,
    memory=st.none() | st.integers(0, 2**63),
    finding=st.builds(Finding, *[st.text()] * 3, st.none() | st.integers(1), *[st.text()] * 2, st.booleans()),
    mistake=st.none() | NAMES,
    mistake_title=st.text(),
    explanation=st.text(),
    kinds=st.sets(st.sampled_from(["value", "raises", "statistics", "threshold"])),
    chance=NUMBERS,
    kept=st.text(),
    public=st.booleans(),
)
RESULTS = st.builds(
    Result,
    chapter=NAMES,
    status=st.sampled_from(ResultStatus),
    checks=st.lists(CHECKS, max_size=3),
    sandbox=NAMES,
    device=NAMES,
    seconds=NUMBERS,
    submission=NAMES,
    graders=NAMES,
    message=st.text(),
)


@given(RESULTS)
def test_a_result_is_the_same_after_a_round_trip(result: Result) -> None:
    again = Result.from_dict(json.loads(json.dumps(result.to_dict())))
    assert again == result
    assert type(again.status) is ResultStatus
    assert all(type(check.status) is CheckStatus for check in again.checks)


@given(RESULTS)
def test_a_line_holds_nothing_but_plain_values(result: Result) -> None:
    line = result.to_line("ada")
    assert json.loads(json.dumps(line)) == line
