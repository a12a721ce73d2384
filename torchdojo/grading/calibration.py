"""Thresholds for accuracy checks, as `dojo calibrate` measured them."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from pathlib import Path

from torchdojo.course import CourseError, read_json

FALSE_FAILURE = 1e-5
SAFETY = 10


def load_thresholds(folder: Path) -> dict[str, float]:
    """Return the threshold of each calibrated probe from a grader folder's calibration.json; {} without one.

    CourseError if the file is not what `dojo calibrate` writes.
    """
    path = folder / "calibration.json"
    if not path.exists():
        return {}
    record = read_json(path)
    try:
        found = {name: float(entry["threshold"]) for name, entry in record["probes"].items()}
    except (KeyError, TypeError, ValueError, AttributeError):
        found = {"": math.nan}
    if not all(map(math.isfinite, found.values())):
        raise CourseError(path, "has no threshold for each of its probes: make it with `dojo calibrate`")
    return found


def threshold_for(values: Sequence[float]) -> float:
    """Return a threshold that a correct submission misses less than once in 100,000 runs.

    values: what the reference reached over many seeds, at least 20. The threshold is a lower prediction bound for one
    more value: mean − t · sd · √(1 + 1/n), with Student's t for n − 1 degrees of freedom at a tenth of the stated rate,
    because accuracies are only roughly normal; and never above the least value seen less one sd.
    """
    if len(values) < 20:
        raise ValueError(f"values: {len(values)} seeds are too few to set a threshold by, at least 20 are needed")
    mean, sd = statistics.fmean(values), statistics.stdev(values)
    bound = mean - student_quantile(1 - FALSE_FAILURE / SAFETY, len(values) - 1) * sd * math.sqrt(1 + 1 / len(values))
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
