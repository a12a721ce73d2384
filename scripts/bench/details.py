"""The numbers of the page: performance_details.json with every sample, and performance.json with the medians."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from typing import Any

from scripts.bench.measure import spread
from scripts.bench.ways import LATENCIES, STAGES, WAYS

Part = dict[str, Any]
MIB = 2**20
KEYS = ("machine", "versions", "grading", "overhead", "latency", "growth", "cluster", "class", "accelerator")
SECTIONS = KEYS[2:]


def collect_details(parts: Mapping[str, Part]) -> dict[str, Any]:
    """Return performance_details.json: the median, the spread and the samples of everything that was measured."""
    details: dict[str, Any] = {section: {} for section in SECTIONS}
    details["missing"] = {name: part["missing"] for name, part in parts.items() if "missing" in part}
    details["when"] = sorted(part["when"] for part in parts.values())
    details["quick"] = any(part["quick"] for part in parts.values())
    for name, part in parts.items():
        measured = part.get("found")
        if measured is None:
            continue
        section, _, rest = name.partition(".")
        match section:
            case "grading":
                chapter, _, way = rest.partition(".")
                details["grading"].setdefault(chapter, {})[way] = _grading_details(measured)
            case "overhead":
                details["overhead"][rest] = _overhead_details(measured)
            case "latency":
                details["latency"] = {what: spread(seconds) for what, seconds in measured.items()}
            case "accelerator":
                details["accelerator"] = {chapter: _ratio_details(one) for chapter, one in measured["chapters"].items()}
            case _:
                details[section] = measured
    return details


def _grading_details(measured: Part) -> dict[str, Any]:
    """Return the seconds per submission of one way of grading: by pass, and of single submissions."""
    passes = [statistics.fmean(one) for one in measured["passes"]]
    each = [seconds for one in measured["passes"] for seconds in one]
    count = len(measured["passes"][0])
    details = {"passes": spread(passes), "each": spread(each), "submissions": count, "scores": measured["scores"]}
    if measured.get("cold"):
        details["cold"] = spread([seconds / count for seconds in measured["cold"]])
    return details


def _overhead_details(measured: Part) -> dict[str, Any]:
    means = {name: statistics.fmean(seconds) for name, seconds in measured["by_check"].items()}
    slowest = dict(sorted(means.items(), key=lambda pair: -pair[1])[:3])
    stages = {
        stage: {**spread(seconds), "mean": statistics.fmean(seconds)} for stage, seconds in measured["stages"].items()
    }
    probes = statistics.fmean(measured["probes"])
    return {"stages": stages, "probes": probes, "checks": measured["checks"], "slowest": slowest}


def _ratio_details(measured: Part) -> dict[str, Any]:
    pairs = zip(measured["simulated"], measured["cpu"], strict=True)
    ratio = spread([slow / fast for slow, fast in pairs])
    cpu, simulated = spread(measured["cpu"]), spread(measured["simulated"])
    return {"ratio": ratio, "cpu": cpu, "simulated": simulated, "questions": measured["questions"]}


def summarize(details: dict[str, Any], machine: dict[str, Any], versions: dict[str, str]) -> dict[str, Any]:
    """Return performance.json. What was not measured is null, or left out."""
    return {
        "machine": machine,
        "versions": versions,
        "grading": {chapter: _grading_figures(ways) for chapter, ways in details["grading"].items()},
        "overhead": {
            chapter: {
                stage: _round(seconds["median" if stage == "start" else "mean"])
                for stage, seconds in one["stages"].items()
            }
            for chapter, one in details["overhead"].items()
        },
        "latency": {what: _median(details["latency"].get(what)) for what in LATENCIES},
        "growth": {
            size: {
                "seconds_per_submission": _round(one["seconds"] / int(size)),
                "parent_mb": round(one["memory"]["parent"] / MIB),
            }
            for size, one in details["growth"].get("sizes", {}).items()
        },
        "cluster": {
            count: {what: _round(seconds) for what, seconds in one.items()}
            for count, one in details["cluster"].get("workers", {}).items()
        },
        "class": _class_figures(details["class"]) if details["class"] else {},
        "accelerator": {chapter: round(one["ratio"]["median"], 2) for chapter, one in details["accelerator"].items()},
    }


def _grading_figures(ways: dict[str, Any]) -> dict[str, Any]:
    cold = [ways[way]["cold"]["median"] for way in ways if "cold" in ways[way]]
    return {
        "submissions": max(one["submissions"] for one in ways.values()),
        "seconds_per_submission": {way: _median(ways[way]["passes"]) if way in ways else None for way in WAYS},
        "cold_seconds_per_submission": _round(cold[0]) if cold else None,
    }


def _class_figures(measured: Part) -> dict[str, Any]:
    return {
        "submissions": measured["submissions"],
        "seconds": _round(measured["seconds"]),
        "stages": measured["stages"],
        "memory_mb": {role: round(most / MIB) for role, most in measured["memory"].items()},
    }


def _round(seconds: float) -> float:
    return float(f"{seconds:.4g}")


def _median(measured: dict[str, Any] | None) -> float | None:
    return _round(measured["median"]) if measured else None


def find_problems(figures: Any) -> list[str]:
    """Return how a performance.json differs from the format that other programs read."""
    if not isinstance(figures, dict) or sorted(figures) != sorted(KEYS):
        return [f"its keys are not {', '.join(KEYS)}"]
    problems = []
    for chapter, one in figures["grading"].items():
        if set(one) != {"submissions", "seconds_per_submission", "cold_seconds_per_submission"} or set(
            one["seconds_per_submission"]
        ) != set(WAYS):
            problems.append(f"grading of {chapter} has other keys")
    for chapter, stages in figures["overhead"].items():
        if set(stages) != set(STAGES):
            problems.append(f"overhead of {chapter} has other keys")
    if set(figures["latency"]) != set(LATENCIES):
        problems.append("latency has other keys")
    for size, one in figures["growth"].items():
        if not size.isdigit() or set(one) != {"seconds_per_submission", "parent_mb"}:
            problems.append(f"growth at {size} has other keys")
    for count, one in figures["cluster"].items():
        if not count.isdigit() or set(one) != {"pool", "dask", "client", "scheduler"}:
            problems.append(f"cluster of {count} has other keys")
    if figures["class"] and set(figures["class"]) != {"submissions", "seconds", "stages", "memory_mb"}:
        problems.append("class has other keys")
    return problems + _find_wrong_numbers({section: figures[section] for section in SECTIONS}, "")


def _find_wrong_numbers(value: Any, place: str) -> list[str]:
    """Return where something else than a number, or null for one that was not measured, is in a table of tables."""
    if isinstance(value, dict):
        return [problem for key, one in value.items() for problem in _find_wrong_numbers(one, f"{place}/{key}")]
    return [] if value is None or (isinstance(value, int | float) and value >= 0) else [f"{place} is {value!r}"]
