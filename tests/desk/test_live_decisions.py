"""Decisions of all users and of other processes are seen at once, and a stale one is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from torchdojo.desk.live_decisions import LiveDecisions
from torchdojo.review.decision import Override, ReviewTarget
from torchdojo.review.decisions import Conflict, decide
from torchdojo.review.log import ReviewLog


def points(value: float) -> Override:
    return Override(targets=(ReviewTarget(student="ada", chapter="ch1"),), item="double", points=value)


def test_what_another_process_decides_is_seen_and_not_overwritten(tmp_path: Path) -> None:
    live = LiveDecisions(tmp_path)
    before = live.current()
    assert live.current() is before
    decide(ReviewLog(tmp_path), "ben", points(1))
    with pytest.raises(Conflict, match="ben decided"):
        live.decide("ann", points(2), before.last_id)
    now = live.current()
    assert now.overrides[("ada", "ch1")]["double"].entry.by == "ben"
    entry = live.decide("ann", points(2), now.last_id)
    assert live.current().overrides[("ada", "ch1")]["double"].entry == entry
