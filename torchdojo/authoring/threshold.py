"""Thresholds for trained results, low enough for correct submissions."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

import torch

from torchdojo.grading.calibration import FALSE_FAILURE_RATE, SAFETY_FACTOR, compute_threshold


def safe_threshold(values: Sequence[float]) -> float:
    """Return a threshold that a correct submission misses less than once in 100,000 runs.

    values: what the reference reached with many seeds; ValueError for fewer than 20

    An accuracy has a ceiling and no floor, so that its lower tail is longer than a normal distribution's. The result is
    the lower one of the bounds for normal and for skewed values.
    """
    return min(compute_threshold(values), skewed_bound(values))


def skewed_bound(values: Sequence[float]) -> float:
    """Return the value below which a gamma distribution with these moments lies with a tenth of FALSE_FAILURE_RATE.

    The shortfalls are modelled by a gamma distribution with their mean, deviation and skewness g (Pearson's type III),
    whose shape is 4/g². The standard error of g is √(6/n); twice that is added. Without skewness this would be the
    normal quantile.
    """
    mean, sd = statistics.fmean(values), statistics.stdev(values)
    if not sd:
        return mean
    shortfall = statistics.fmean([((mean - value) / sd) ** 3 for value in values])
    shape = 4 / (max(0.0, shortfall) + 2 * math.sqrt(6 / len(values))) ** 2
    return mean - sd * (gamma_quantile(shape, FALSE_FAILURE_RATE / SAFETY_FACTOR) - shape) / math.sqrt(shape)


def gamma_quantile(shape: float, tail: float) -> float:
    """Return the value that a gamma variable of this shape and scale 1 exceeds with probability `tail`."""
    low, high = 0.0, shape + 100 * math.sqrt(shape) + 100
    for _ in range(100):
        middle = (low + high) / 2
        above = torch.special.gammaincc(*torch.tensor([shape, middle], dtype=torch.float64))
        low, high = (middle, high) if above.item() > tail else (low, middle)
    return high
