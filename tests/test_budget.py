"""The time of an exercise: who sleeps at each question is asked no more, and who is only slow never notices."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Tiny
from tests.test_grading import check, statuses
from torchdojo.grading import budget
from torchdojo.grading.budget import TimeBudget
from torchdojo.worker.protocol import Reply, ReplyStatus

LIMIT = 10.0
SECONDS = st.lists(st.floats(0.0, LIMIT), max_size=60)


def took(seconds: float, charged: float | None) -> Reply:
    return Reply(ReplyStatus.OK, seconds=seconds, charged=charged)


@given(SECONDS)
def test_five_times_slower_than_the_reference_is_always_asked(reference: list[float]) -> None:
    time = TimeBudget(LIMIT, LIMIT)
    for seconds in reference:
        assert time.refuse() is None
        time.add(took(99.0, min(LIMIT, 5 * seconds + 0.2)), seconds)


@given(SECONDS, st.floats(0.0, 1.0))
def test_all_answers_together_take_a_bounded_time(answers: list[float], reference: float) -> None:
    time = TimeBudget(LIMIT, LIMIT)
    asked = 0
    for seconds in answers:
        if time.refuse() is None:
            time.add(took(99.0, seconds), reference)
            asked += 1
    assert time.spent <= 2 * LIMIT + 10 * max(reference, 0.03) * asked + 1e-9


def test_a_training_may_take_its_limit() -> None:
    time = TimeBudget(LIMIT, LIMIT)
    for _ in range(5):
        assert time.refuse() is None
        time.add(took(LIMIT, LIMIT), None)


def test_time_that_was_not_measured_counts_up_to_the_limit() -> None:
    time = TimeBudget(LIMIT, LIMIT)
    time.add(took(300.0, None), 0.0)
    assert time.spent == LIMIT


def test_the_rest_of_an_exercise_is_not_asked_when_its_time_is_spent(
    tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "FACTOR", 0.0)
    source = "import time\n" + tiny.with_double("time.sleep(0.9)\nreturn 2 * x")
    result = tiny.grade(source, only=["double"], seconds=2.0)
    assert statuses(result) == {"values": "passed", "float32": "passed", "refuses_nothing": "timeout"}
    assert "the answers about this exercise have taken 3." in check(result, "refuses_nothing").finding.got
    monkeypatch.undo()
    assert tiny.grade(tiny.reference).score == 3.5
