"""Draw performance.png: seconds per submission for every way of grading, and where this engine's time goes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scripts.bench.ways import CHAPTER_TITLES, STAGES_PER_SUBMISSION, TITLES

OWN, OTHER, LIMIT = "#c8471f", "#7d8794", "#c9ced6"  # colours
ORDER = ("nbgrader", "otter", "pytest", "torchdojo", "torchdojo_2_jobs", "limit")


def draw(figures: dict[str, Any], path: Path) -> None:
    """Draw a performance.json into a PNG file; what was not measured is labelled so."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 3.6), layout="constrained")
    axes = figure.subplots(1, 3, width_ratios=[1, 1, 0.8])
    for axis, (chapter, title) in zip(axes, CHAPTER_TITLES.items(), strict=False):
        seconds = figures["grading"].get(chapter, {}).get("seconds_per_submission", {})
        ways = [way for way in ORDER if seconds.get(way)]
        colours = [OWN if way.startswith("torchdojo") else LIMIT if way == "limit" else OTHER for way in ways]
        bars = axis.barh([TITLES[way] for way in ways], [seconds[way] for way in ways], color=colours)
        axis.bar_label(bars, [f"{seconds[way]:.2g} s" for way in ways], padding=3, fontsize=9)
        axis.set_title(title, loc="left", fontsize=11)
        _plain_axis(axis, "seconds per submission (logarithmic)" if ways else "not measured")
        if ways:
            axis.set_xscale("log")
            axis.set_xlim(min(seconds[way] for way in ways) / 2, max(seconds[way] for way in ways) * 3)
    overhead = figures["overhead"].get("ch3_modules", {})
    stages = {stage: 1000 * overhead[stage] for stage in STAGES_PER_SUBMISSION if stage in overhead}
    bars = axes[2].barh(list(stages), list(stages.values()), color=OWN)
    axes[2].bar_label(bars, fmt="%.3g ms", padding=3, fontsize=9)
    axes[2].set_title("Chapter 3, by stage", loc="left", fontsize=11)
    axes[2].set_xlim(0, 1.45 * max(stages.values(), default=1))
    _plain_axis(axes[2], "milliseconds per submission" if stages else "not measured")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=130)


def _plain_axis(axis: Any, label: str) -> None:
    axis.invert_yaxis()
    axis.spines[["top", "right"]].set_visible(False)
    axis.tick_params(labelsize=9)
    axis.set_xlabel(label, fontsize=9)
