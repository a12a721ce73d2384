"""The targets, and whether what was measured meets them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from scripts.bench.ways import CHAPTER_TITLES, TITLES

Figures = dict[str, Any]


@dataclass(frozen=True)
class Target:
    """A target. is_met: None if it could not be measured; topic: the chapter or the latency that it is about, if any"""

    what: str
    bound: str
    measured: str
    is_met: bool | None
    topic: str = ""


def compare_with_targets(figures: Figures) -> list[Target]:
    """Return every target beside what a performance.json says was measured."""
    latency = figures["latency"]
    return [
        _of_grading(figures, "ch3_modules", "torchdojo", "limit", "≤", 1.4),
        _of_grading(figures, "ch2_networks", "torchdojo", "limit", "≤", 1.15),
        _of_slowest_chapter(figures),
        _of_grading(figures, "ch3_modules", "nbgrader", "torchdojo_2_jobs", "≥", 20.0),
        _of_grading(figures, "ch3_modules", "otter", "torchdojo_2_jobs", "≥", 40.0),
        _of_cold(figures),
        _target("`dojo --help`", "≤", 0.3, latency["help"], _seconds),
        _target("`dojo check`, nothing done yet", "≤", 0.5, latency["untouched"], _seconds),
        _of_latency(latency, "`dojo check NAME`, cold / import of torch", "check_exercise", "import_torch", 1.4),
        _of_latency(
            latency, "`dojo check`, all solved / its probes on all cores", "check_course", "course_probes", 1.2
        ),
        _target("`dojo watch`: from a save to its verdict", "≤", 0.15, latency["watch"], _seconds),
        *_of_growth(figures["growth"]),
        _of_class(figures["class"]),
        _target(
            "Simulated accelerator / CPU, slowest chapter", "≤", 4.0, max(figures["accelerator"].values(), default=None)
        ),
    ]


def chapter_ratios(figures: Figures) -> dict[str, float]:
    """Return, by chapter, the time of one job to that of the checks alone."""
    found = {}
    for chapter in figures["grading"]:
        ratio = _grading_ratio(figures, chapter, "torchdojo", "limit")
        if ratio is not None:
            found[chapter] = ratio
    return found


def _grading_ratio(figures: Figures, chapter: str, way: str, other: str) -> float | None:
    seconds = figures["grading"].get(chapter, {}).get("seconds_per_submission", {})
    return _ratio(seconds.get(way), seconds.get(other))


def _of_grading(figures: Figures, chapter: str, way: str, other: str, sign: str, bound: float) -> Target:
    what = f"{CHAPTER_TITLES[chapter]}: {TITLES[way]} / {TITLES[other]}"
    return _target(what, sign, bound, _grading_ratio(figures, chapter, way, other), topic=chapter)


def _of_slowest_chapter(figures: Figures) -> Target:
    ratios = chapter_ratios(figures)
    slowest = max(ratios, key=lambda chapter: ratios[chapter], default="")
    what = f"Every chapter, 1 job / the checks alone; highest: {slowest or 'unknown'}"
    return _target(what, "≤", 1.3, ratios.get(slowest), topic=slowest)


def _of_cold(figures: Figures) -> Target:
    grading = figures["grading"].get("ch3_modules", {})
    warm = grading.get("seconds_per_submission", {}).get("torchdojo_2_jobs")
    what = f"{CHAPTER_TITLES['ch3_modules']}, 2 jobs: cold, from the shell to the last page / warm"
    return _target(what, "≤", 1.5, _ratio(grading.get("cold_seconds_per_submission"), warm), topic="ch3_modules")


def _of_latency(latency: dict[str, Any], what: str, command: str, beside: str, bound: float) -> Target:
    return _target(what, "≤", bound, _ratio(latency[command], latency[beside]), topic=command)


def _of_growth(growth: dict[str, Any]) -> list[Target]:
    sizes = sorted(growth, key=int)
    if len(sizes) != 3:
        return [_target("Growth: cost per further submission", "≤", 1.05, None)]
    few, some, many = (growth[size] for size in sizes)
    seconds = [one["seconds_per_submission"] * int(size) for one, size in zip((few, some, many), sizes, strict=True)]
    first = (seconds[1] - seconds[0]) / (int(sizes[1]) - int(sizes[0]))
    last = (seconds[2] - seconds[1]) / (int(sizes[2]) - int(sizes[1]))
    a, b, c = (f"{int(size):,}" for size in sizes)
    return [
        _target(f"Growth: cost per further submission, {b} to {c} / {a} to {b}", "≤", 1.05, _ratio(last, first)),
        _target(f"Growth: memory of the parent at {c} / at {a}", "≤", 1.2, many["parent_mb"] / few["parent_mb"]),
    ]


def _of_class(measured: dict[str, Any]) -> Target:
    if not measured:
        return Target("A whole class", "measured", "not measured", None)
    what = f"A whole class of {measured['submissions']:,} submissions, all chapters"
    return Target(what, "measured", f"{measured['seconds'] / 60:.1f} min", True)


def _ratio(one: float | None, other: float | None) -> float | None:
    return one / other if one and other else None


def _seconds(value: float) -> str:
    return f"{value:.2f} s"


def _plain(value: float) -> str:
    return f"{value:.2f}"


def _target(
    what: str,
    sign: str,
    bound: float,
    value: float | None,
    write: Callable[[float], str] = _plain,
    topic: str = "",
) -> Target:
    shown = f"{sign} {bound:g}" + (" s" if write is _seconds else "")
    if value is None:
        return Target(what, shown, "not measured", None, topic)
    return Target(what, shown, write(value), value >= bound if sign == "≥" else value <= bound, topic)
