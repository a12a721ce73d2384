"""Thresholds for accuracy checks, as `dojo calibrate` measured them."""

from __future__ import annotations

import json
from pathlib import Path


def load_thresholds(folder: Path) -> dict[str, float]:
    """Return the threshold of each calibrated probe from a grader folder's calibration.json; {} without one."""
    path = folder / "calibration.json"
    if not path.is_file():
        return {}
    record = json.loads(path.read_text(encoding="utf-8"))
    return {name: float(entry["threshold"]) for name, entry in record["probes"].items()}
