"""Time the limit: the checks alone, one submission after another in one warm process."""

from __future__ import annotations

from pathlib import Path

from scripts.bench.direct import Direct
from scripts.bench.measure import ROOT, Setting, clock

PASSES = 3


def measure(setting: Setting, chapter: str, sources: list[bytes], answers: Path) -> dict[str, object]:
    """Return the seconds of each submission in each pass, and the points that each earned."""
    direct = Direct(ROOT, chapter, answers)
    direct.grade(sources[0])  # torch's first calls are slower
    passes, scores = [], []
    for _ in range(setting.passes(PASSES)):
        each = []
        for source in sources:
            with clock() as seconds:
                score = direct.grade(source)
            each += seconds
            scores.append(score)
        passes.append(each)
    return {"passes": passes, "scores": scores[: len(sources)]}
