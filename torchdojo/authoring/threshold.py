"""Thresholds of what is reached by training: low enough for right work, whose luck is not symmetric."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

import torch

from torchdojo.grading.calibration import FALSE_FAILURE_RATE, SAFETY_FACTOR, compute_threshold


def safe_threshold(values: Sequence[float]) -> float:
    """Return a threshold that a correct submission misses less than once in 100,000 runs.

    values: what the reference reached over many seeds, at least 20 (ValueError). What is reached has a ceiling and no
    floor, so its lower tail is longer than a normal distribution's: this is the lower of the bound for normal values
    and of the one for skewed ones.
    """
    return min(compute_threshold(values), skewed_bound(values))


def skewed_bound(values: Sequence[float]) -> float:
    """Return the value below which a gamma distribution with these moments lies with a tenth of FALSE_FAILURE_RATE.

    Shortfalls are taken for a gamma distribution of their mean, deviation and skewness g (Pearson's type III): of shape
    4/g². A sample tells of its skewness to √(6/n), so two of these are added; without any, this is the normal quantile.
    """
    mean, sd = statistics.fmean(values), statistics.stdev(values)
    if not sd:
        return mean
    shortfall = statistics.fmean([((mean - value) / sd) ** 3 for value in values])
    shape = 4 / (max(0.0, shortfall) + 2 * math.sqrt(6 / len(values))) ** 2
    return mean - sd * (gamma_quantile(shape, FALSE_FAILURE_RATE / SAFETY_FACTOR) - shape) / math.sqrt(shape)


def gamma_quantile(shape: float, tail: float) -> float:
    """Return what a gamma variable of this shape and scale 1 exceeds with probability `tail`, by bisection."""
    low, high = 0.0, shape + 100 * math.sqrt(shape) + 100
    for _ in range(100):
        middle = (low + high) / 2
        above = torch.special.gammaincc(*torch.tensor([shape, middle], dtype=torch.float64))
        low, high = (middle, high) if above.item() > tail else (low, middle)
    return high
