"""The benchmark's documents: they say what the parts say, and what is missing. Nothing is measured here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scripts.bench.document import compare_with_targets, find_problems, render_page, write_documents
from scripts.bench.measure import ROOT, spread
from scripts.bench.ways import WAYS

STAGES = ("start", "load", "probes", "crossing", "compare", "diagnose", "store")


def part(name: str, found: Any = None, missing: str = "") -> dict[str, Any]:
    told = {"name": name, "quick": False, "when": "2026-03-01T12:00:00+00:00", "took": 1.0}
    return told | ({"missing": missing} if missing else {"found": found})


def way(seconds: float, score: float = 4.0) -> dict[str, Any]:
    return {"passes": [[seconds, seconds], [seconds, seconds * 2]], "scores": [score, 2.0]}


@pytest.fixture
def parts() -> dict[str, Any]:
    cost = dict(zip(WAYS, (0.1, 0.06, 2.5, 4.0, 0.9, 0.08), strict=True))
    found = {
        f"grading.{chapter}.{name}": part(name, way(seconds))
        for chapter in ("ch3_modules", "ch2_networks")
        for name, seconds in cost.items()
    }
    stages = {stage: [0.01, 0.02] for stage in STAGES}
    sizes = {
        str(size): {
            "seconds": 5 + size / 10,
            "parent_bytes": 200 * 2**20,
            "out_bytes": 9_000 * size,
            "resume": 2.0,
            "report": 1.0,
        }
        for size in (10, 100, 1000)
    }
    found["overhead"] = part(
        "overhead", {"ch3_modules": {"stages": stages, "checks": 20, "by_check": {"Linear/values": [0.2, 0.4]}}}
    )
    latency = {name: [0.4, 0.5, 0.6] for name in ("watch", "check_exercise", "check_course")}
    found["latency"] = part("latency", latency)
    found["growth"] = part("growth", {"sizes": sizes, "chapter": "ch7_gradient_noise"})
    chapters = {"ch1_fundamentals": {"cpu": [1.0, 1.0], "simulated": [3.0, 3.2], "questions": 4}}
    found["accelerator"] = part("accelerator", {"chapters": chapters})
    return found


def test_the_documents_say_what_was_measured(parts, tmp_path):
    write_documents(parts, tmp_path)
    figures = json.loads((tmp_path / "performance.json").read_text())
    assert find_problems(figures) == []
    # The median of two passes: (0.1 + 0.1) / 2 and (0.1 + 0.2) / 2.
    assert figures["grading"]["ch3_modules"]["seconds_per_submission"]["torchdojo"] == pytest.approx(0.125)
    assert figures["growth"]["1000"] == {"seconds_per_submission": 0.105, "parent_mb": 200}
    assert figures["accelerator"] == {"ch1_fundamentals": 3.1}
    text = (tmp_path / "performance.md").read_text(encoding="utf-8")
    assert "| nbgrader autograde | 3.12 s |" in text
    assert "25.00 | met" in text  # 2.5 / 0.1 of nbgrader
    assert (tmp_path / "pictures/performance.png").read_bytes().startswith(b"\x89PNG")
    details = json.loads((tmp_path / "performance_details.json").read_text())
    assert render_page(figures, details) == text


def test_a_missed_target_is_said_to_be_missed(parts, tmp_path):
    parts["grading.ch3_modules.pytest"]["found"] = way(0.3)
    write_documents(parts, tmp_path)
    text = (tmp_path / "performance.md").read_text(encoding="utf-8")
    assert "3.00 | **missed**" in text
    assert "Chapter 3, no training: of" in text
    assert "Linear/values 300 ms" in text


def test_a_peer_that_is_not_there_is_said_to_be_missing(parts, tmp_path):
    parts["grading.ch3_modules.otter"] = part("otter", missing="otter-grader could not be installed: no network")
    del parts["growth"]
    write_documents(parts, tmp_path)
    figures = json.loads((tmp_path / "performance.json").read_text())
    assert find_problems(figures) == []
    assert figures["grading"]["ch3_modules"]["seconds_per_submission"]["otter"] is None
    assert figures["growth"] == {}
    text = (tmp_path / "performance.md").read_text(encoding="utf-8")
    assert "**Missing: grading.ch3_modules.otter.** otter-grader could not be installed: no network" in text
    assert "not measured" in text


def test_other_scores_are_told(parts, tmp_path):
    parts["grading.ch3_modules.limit"]["found"] = way(0.08, score=3.0)
    write_documents(parts, tmp_path)
    assert "the checks alone (limit) 1 of 2" in (tmp_path / "performance.md").read_text(encoding="utf-8")


def test_spread_is_quartiles_or_extremes():
    assert spread([3.0, 1.0, 2.0]) == {"median": 2.0, "low": 1.0, "high": 3.0, "samples": [3.0, 1.0, 2.0]}
    told = spread([1.0, 2.0, 3.0, 4.0, 100.0])
    assert (told["low"], told["median"], told["high"]) == (2.0, 3.0, 4.0)


def test_a_wrong_document_is_noticed(parts, tmp_path):
    write_documents(parts, tmp_path)
    figures = json.loads((tmp_path / "performance.json").read_text())
    figures["grading"]["ch3_modules"]["seconds_per_submission"]["torchdojo"] = "fast"
    figures["latency"]["nap"] = 1.0
    assert len(find_problems(figures)) == 2
    assert find_problems({"machine": {}})


@pytest.mark.skipif(not (ROOT / "docs/performance.json").is_file(), reason="nothing was measured yet")
def test_the_committed_documents_belong_together():
    docs: Path = ROOT / "docs"
    figures = json.loads((docs / "performance.json").read_text())
    details = json.loads((docs / "performance_details.json").read_text())
    assert find_problems(figures) == []
    assert not details["quick"]
    assert render_page(figures, details) == (docs / "performance.md").read_text(encoding="utf-8")
    assert compare_with_targets(figures, details)
