"""The words that say what a probe calls."""

import pytest

from torchdojo.probe import probe

RATES = {"plain": 0.1, "fast": 0.5}


def test_a_description_may_hold_words_that_follow_from_the_parameters() -> None:
    @probe("{name}(lr={lr}), {steps} steps", lr=lambda given: RATES[given["name"]])
    def steps(ch, draw, *, name="plain", steps=2):
        return {}

    assert steps.describe({}) == "plain(lr=0.1), 2 steps"
    assert steps.describe({"name": "fast", "steps": 1}) == "fast(lr=0.5), 1 steps"


def test_a_description_names_nothing_unknown() -> None:
    with pytest.raises(ValueError, match="which is not a parameter"):
        probe("f({rate})", lr=lambda given: 0.1)(lambda ch, draw: {})
