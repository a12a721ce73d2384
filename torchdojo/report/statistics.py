"""What the numbers of a class say: how scores lie, how hard a check is, and whether it tells strong from weak."""

from __future__ import annotations

import math
from collections.abc import Sequence

BINS = 10
FEWEST = 3  # students, for a correlation to mean anything at all


def histogram(shares: Sequence[float], bins: int = BINS) -> list[int]:
    """Return how many shares of the points, each in [0, 1], fall into each of equally wide bins; 1 is in the last."""
    counts = [0] * bins
    for share in shares:
        counts[min(bins - 1, max(0, int(share * bins)))] += 1
    return counts


def quantile(values: Sequence[float], level: float) -> float:
    """Return the value at a level in [0, 1], interpolated linearly between neighbours; ValueError if there are none."""
    if not values:
        raise ValueError("values: a quantile of nothing")
    ordered = sorted(values)
    place = level * (len(ordered) - 1)
    low = math.floor(place)
    high = math.ceil(place)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def discrimination(passed: Sequence[bool], rest: Sequence[float]) -> float | None:
    """Return the point-biserial correlation between passing a check and the rest of the score, or None.

    passed: whether each student passed; rest: the share of the other points that the same student has. That the check's
    own points are left out keeps it from being correlated with itself (the corrected item-total correlation). In
    [−1, 1]; None for fewer than three students, and where all passed, none did, or all have the same rest.
    """
    count = len(passed)
    share = sum(passed) / count if count else 0.0
    if count < FEWEST or share in (0.0, 1.0):
        return None
    mean = sum(rest) / count
    deviation = math.sqrt(sum((value - mean) ** 2 for value in rest) / count)
    if deviation < 1e-12:
        return None
    with_it = sum(value for value, ok in zip(rest, passed, strict=True) if ok) / (share * count)
    without = sum(value for value, ok in zip(rest, passed, strict=True) if not ok) / ((1 - share) * count)
    return (with_it - without) / deviation * math.sqrt(share * (1 - share))
