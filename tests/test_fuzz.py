"""The fuzzer: parsers handle damaged input, and a parser that fails is noticed."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

import pytest

from scripts.fuzz import TARGETS, FuzzCounts, damaged_inputs, run_input


def count_outcomes(name: str, inputs: int) -> FuzzCounts:
    counts = FuzzCounts()
    for data in itertools.islice(damaged_inputs(TARGETS[name], random.Random(1)), inputs):
        run_input(TARGETS[name], data, counts)
    return counts


@pytest.mark.parametrize("name", TARGETS)
def test_every_input_is_answered_or_refused(name: str) -> None:
    counts = count_outcomes(name, 3000)
    assert counts.failures == []
    assert counts.answered + counts.refused == counts.inputs == 3000
    assert min(counts.answered, counts.refused) > 30  # neither noise alone, nor what is valid alone


@pytest.mark.parametrize("name", TARGETS)
def test_valid_inputs_are_answered(name: str) -> None:
    counts = FuzzCounts()
    for seed in TARGETS[name].seeds():
        run_input(TARGETS[name], TARGETS[name].join(seed), counts)
    assert (counts.refused, counts.failures) == (0, [])


@pytest.mark.parametrize("name", TARGETS)
def test_what_is_no_refusal_is_a_failure_and_shows_its_input(name: str) -> None:
    counts = FuzzCounts()
    run_input(replace(TARGETS[name], refusals=(ZeroDivisionError,)), b"nonsense", counts)
    assert "nonsense" in counts.failures[0]
    assert "Traceback" in counts.failures[0]


def test_a_refusal_says_something() -> None:
    def silent(data: bytes) -> None:
        raise ValueError

    counts = FuzzCounts()
    run_input(replace(TARGETS["wire"], read=silent, refusals=(ValueError,)), b"x", counts)
    assert "without a message" in counts.failures[0]
