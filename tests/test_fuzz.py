"""The fuzzer: what readers do with damaged input is in order, and a reader that fails is seen."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

import pytest

from scripts.fuzz import TARGETS, Tally, damaged, try_one


def tally_of(name: str, inputs: int) -> Tally:
    tally = Tally()
    for data in itertools.islice(damaged(TARGETS[name], random.Random(1)), inputs):
        try_one(TARGETS[name], data, tally)
    return tally


@pytest.mark.parametrize("name", TARGETS)
def test_every_input_is_answered_or_refused(name: str) -> None:
    tally = tally_of(name, 3000)
    assert tally.failures == []
    assert tally.answered + tally.refused == tally.inputs == 3000
    assert min(tally.answered, tally.refused) > 30  # neither noise alone, nor what is valid alone


@pytest.mark.parametrize("name", TARGETS)
def test_valid_inputs_are_answered(name: str) -> None:
    tally = Tally()
    for seed in TARGETS[name].seeds():
        try_one(TARGETS[name], TARGETS[name].join(seed), tally)
    assert (tally.refused, tally.failures) == (0, [])


@pytest.mark.parametrize("name", TARGETS)
def test_what_is_no_refusal_is_a_failure_and_shows_its_input(name: str) -> None:
    tally = Tally()
    try_one(replace(TARGETS[name], refusals=(ZeroDivisionError,)), b"nonsense", tally)
    assert "nonsense" in tally.failures[0]
    assert "Traceback" in tally.failures[0]


def test_a_refusal_says_something() -> None:
    def silent(data: bytes) -> None:
        raise ValueError

    tally = Tally()
    try_one(replace(TARGETS["wire"], read=silent, refusals=(ValueError,)), b"x", tally)
    assert "without a word" in tally.failures[0]
