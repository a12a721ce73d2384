"""Samples, their median and spread, and the files that parts are saved in."""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build/bench"


class PartMissing(Exception):
    """A part cannot be measured on this machine; the page shows the message in its place."""


@dataclass(frozen=True)
class Setting:
    """How much to measure. quick: only enough to show that everything runs; ignore its numbers

    build: the folder for parts, environments and scratch files
    """

    quick: bool = False
    build: Path = BUILD

    def passes(self, wanted: int) -> int:
        """Return how often to repeat a measurement."""
        return 1 if self.quick else wanted

    @property
    def submissions(self) -> int:
        """The number of submissions per chapter."""
        return 3 if self.quick else 20


@contextmanager
def clock() -> Iterator[list[float]]:
    """Yield a list that receives the seconds of the block when it ends."""
    seconds: list[float] = []
    started = time.perf_counter()
    yield seconds
    seconds.append(time.perf_counter() - started)


def spread(values: Sequence[float]) -> dict[str, Any]:
    """Return {"median", "low", "high", "samples"}: low and high are the quartiles, or the extremes of fewer than 4."""
    ordered = sorted(values)
    low, high = ordered[0], ordered[-1]
    if len(ordered) >= 4:
        low, _, high = statistics.quantiles(ordered, n=4, method="inclusive")
    return {"median": statistics.median(ordered), "low": low, "high": high, "samples": [round(v, 6) for v in values]}


def write_json(path: Path, values: Any) -> None:
    """Write a JSON file atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(json.dumps(values, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(beside, path)


def read_json(path: Path) -> Any:
    """Return the content of a JSON file, or None if it is missing."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
