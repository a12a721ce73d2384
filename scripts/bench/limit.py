"""Time the limit: the checks alone, one submission after another in one warm process.

That is all that no engine can do without: a submission is loaded once, its functions run on the inputs of each probe,
on the simulated accelerator too, and the answers are compared. Each check is a plain call of its function. Those of an
exercise that is still to do are not called.
"""

from __future__ import annotations

from pathlib import Path

from scripts.bench.direct import Direct
from scripts.bench.measure import ROOT, Setting, clock


def measure(setting: Setting, chapter: str, sources: list[bytes], answers: Path, passes: int) -> dict[str, object]:
    """Return the seconds of each submission in each pass, and the points that each earned."""
    direct = Direct(ROOT, chapter, answers)
    direct.grade(sources[0])  # torch's first calls are slower
    found, scores = [], []
    for _ in range(setting.passes(passes)):
        each = []
        for source in sources:
            todo = direct.find_todo(source)
            with clock() as seconds:
                score = direct.grade(source, todo)
            each += seconds
            scores.append(score)
        found.append(each)
    return {"passes": found, "scores": scores[: len(sources)]}
