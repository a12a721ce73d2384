"""The parts of the benchmark: each is measured in a process of its own and saved in a file of its own."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scripts.bench.machine import fingerprint
from scripts.bench.measure import ROOT, PartMissing, Setting, read_json, write_json
from scripts.bench.ways import CHAPTER_TITLES

WAYS = ("torchdojo", "torchdojo_2_jobs", "limit", "pytest", "nbgrader", "otter")
OTHER_CHAPTERS = ("ch1_fundamentals", "ch4_inception", "ch5_ensembles", "ch6_optimizers", "ch7_gradient_noise")
OTHER_WAYS = ("torchdojo", "limit")
# The most important parts come first, in case the run is interrupted.
PARTS = (
    *(f"grading.{chapter}.{way}" for chapter in CHAPTER_TITLES for way in WAYS),
    *(f"grading.{chapter}.{way}" for chapter in OTHER_CHAPTERS for way in OTHER_WAYS),
    *(f"overhead.{chapter}" for chapter in (*CHAPTER_TITLES, *OTHER_CHAPTERS)),
    *("latency", "growth", "cluster", "class", "accelerator"),
)


def part_file(setting: Setting, name: str) -> Path:
    """Return the file that a part is saved in."""
    return setting.build / "parts" / f"{name}.json"


def load_part(setting: Setting, name: str) -> dict[str, Any] | None:
    """Return a saved part, or None unless this very code measured it on this very machine."""
    part: dict[str, Any] | None = read_json(part_file(setting, name))
    return (
        part if part is not None and part["fingerprint"] == fingerprint() and part["quick"] == setting.quick else None
    )


def measure_part(setting: Setting, name: str) -> dict[str, Any]:
    """Measure a part and save it; if it cannot be measured here, save the reason."""
    started = time.perf_counter()
    part: dict[str, Any] = {"name": name, "quick": setting.quick, "fingerprint": fingerprint()}
    part["when"] = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    try:
        part["found"] = _measure(setting, name)
    except PartMissing as error:
        part["missing"] = str(error)
    part["took"] = round(time.perf_counter() - started, 1)
    write_json(part_file(setting, name), part)
    return part


def _measure(setting: Setting, name: str) -> dict[str, Any]:
    # Imported here because some parts need no torch, and start faster without it.
    if name.startswith("grading."):
        _, chapter, way = name.split(".")
        return _grading(setting, chapter, way)
    if name.startswith("overhead."):
        from scripts.bench import overhead

        _, chapter = name.split(".")
        sources = _sources(setting, chapter)
        return dict(overhead.measure(setting, chapter, sources if chapter in CHAPTER_TITLES else sources[:10]))
    from scripts.bench import accelerator, cluster, growth, latency, whole_class

    others: dict[str, Callable[[Setting], Any]] = {
        "latency": latency.measure,
        "growth": growth.measure,
        "cluster": cluster.measure,
        "class": whole_class.measure,
        "accelerator": accelerator.measure,
    }
    return dict(others[name](setting))


def _sources(setting: Setting, chapter: str, seed: int = 0) -> list[bytes]:
    from scripts.bench.direct import find_chapter
    from scripts.bench.submissions import draw_submissions
    from torchdojo.course import load_course

    course = load_course(ROOT)
    return [text for _, text in draw_submissions(course, find_chapter(course, chapter), setting.submissions, seed)]


def _grading(setting: Setting, chapter: str, way: str) -> dict[str, Any]:
    from scripts.bench import engine, limit, peer_nbgrader, peer_otter, plain_pytest
    from scripts.bench.direct import record_answers

    sources, passes = _sources(setting, chapter), 2 if chapter in CHAPTER_TITLES else 1
    if way.startswith("torchdojo"):
        warm_up, processes = _sources(setting, chapter, seed=1)[:2], 2 if way.endswith("2_jobs") else 1
        return dict(engine.measure(setting, chapter, sources, warm_up, processes, passes))
    answers = setting.build / "answers" / f"{chapter}-{fingerprint()}.pickle"
    if not answers.is_file():
        record_answers(ROOT, chapter, answers)
    if way == "limit":
        return dict(limit.measure(setting, chapter, sources, answers, passes + 1))
    measure = {
        "pytest": plain_pytest.measure,
        "nbgrader": peer_nbgrader.measure,
        "otter": peer_otter.measure,
    }[way]
    return dict(measure(setting, chapter, sources, answers))
