"""The thresholds of accuracy checks that `dojo calibrate` measured, and how they are computed."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from pathlib import Path

from torchdojo.course import CourseError, read_json

FALSE_FAILURE_RATE = 1e-5  # of correct submissions, per run
SAFETY_FACTOR = 10
MIN_SEEDS = 20


def load_thresholds(folder: Path) -> dict[str, float]:
    """Return the thresholds in a grader folder's calibration.json by probe, {} without that file.

    CourseError if `dojo calibrate` did not write it.
    """
    path = folder / "calibration.json"
    if not path.exists():
        return {}
    record = read_json(path)
    try:
        thresholds = {name: float(entry["threshold"]) for name, entry in record["probes"].items()}
    except (KeyError, TypeError, ValueError, AttributeError):
        thresholds = {"": math.nan}
    if not all(map(math.isfinite, thresholds.values())):
        raise CourseError(path, "lacks the threshold of a probe; run `dojo calibrate`")
    return thresholds


def compute_threshold(values: Sequence[float]) -> float:
    """Return a threshold that a correct submission misses less than once in 100,000 runs.

    values: what the reference reached with many seeds; ValueError for fewer than 20

    The threshold is a lower prediction bound for one more value: mean − t · sd · √(1 + 1/n), with Student's t for n − 1
    degrees of freedom at a tenth of the stated rate, because accuracies are only roughly normal; and at most the lowest
    value less one sd.
    """
    if len(values) < MIN_SEEDS:
        raise ValueError(f"{len(values)} seeds are too few to compute a threshold; at least {MIN_SEEDS} are needed")
    mean, sd = statistics.fmean(values), statistics.stdev(values)
    t = student_quantile(1 - FALSE_FAILURE_RATE / SAFETY_FACTOR, len(values) - 1)
    bound = mean - t * sd * math.sqrt(1 + 1 / len(values))
    return min(bound, min(values) - sd)


def student_quantile(p: float, degrees: int) -> float:
    """Return Student's t quantile, by the expansion in Abramowitz & Stegun, 26.7.5 (good from about 20 degrees on)."""
    z = statistics.NormalDist().inv_cdf(p)
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
    )
    return math.fsum(term / degrees**power for power, term in enumerate(terms))
