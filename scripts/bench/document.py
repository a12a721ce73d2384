"""Write performance.json, performance.md and the figure from the measured parts."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scripts.bench.machine import collect_versions, describe_machine
from scripts.bench.measure import spread, write_json
from scripts.bench.picture import draw
from scripts.bench.ways import CHAPTER_TITLES, PEERS, TITLES, WAYS

Part = dict[str, Any]
STAGES = {
    "start": "start a worker: sandbox, import of torch, probes. Once per process, not once per submission",
    "load": "load the submission once, alone, in a fresh process",
    "probes": "run the submission's own code, inside the sandbox",
    "crossing": "fork, set limits, clean up, and move the bytes between sandbox and checks",
    "compare": "run pytest and the checks: comparisons and their tolerances",
    "diagnose": "ask the known mistakes for their answers, to name the one that was made",
    "store": "write the result to disk",
}
MIB = 2**20
KEYS = ("machine", "versions", "grading", "overhead", "latency", "growth", "accelerator")
LATENCIES = ("watch", "check_exercise", "check_course")


def write_documents(parts: Mapping[str, Part], out: Path) -> None:
    """Write performance.json, performance_details.json, performance.md and pictures/performance.png into a folder.

    parts: the measured parts by name; the page says which ones are missing
    """
    details = collect_details(parts)
    figures = summarize(details, describe_machine(), collect_versions())
    write_json(out / "performance.json", figures)
    write_json(out / "performance_details.json", details)
    (out / "performance.md").write_text(render_page(figures, details), encoding="utf-8")
    draw(figures, out / "pictures" / "performance.png")


# --- numbers ----------------------------------------------------------------------------------------------------------


def collect_details(parts: Mapping[str, Part]) -> dict[str, Any]:
    """Return performance_details.json: the median, the spread and the samples of everything that was measured."""
    details: dict[str, Any] = {"grading": {}, "overhead": {}, "latency": {}, "growth": {}, "accelerator": {}}
    details["missing"] = {name: part["missing"] for name, part in parts.items() if "missing" in part}
    details["when"] = sorted(part["when"] for part in parts.values())
    details["quick"] = any(part["quick"] for part in parts.values())
    for name, part in parts.items():
        measured = part.get("found")
        if measured is None:
            continue
        if name.startswith("grading."):
            _, chapter, way = name.split(".")
            details["grading"].setdefault(chapter, {})[way] = _grading_details(measured)
        elif name == "overhead":
            details["overhead"] = {chapter: _overhead_details(one) for chapter, one in measured.items()}
        elif name == "latency":
            details["latency"] = {what: spread(seconds) for what, seconds in measured.items()}
        elif name == "growth":
            details["growth"] = measured
        elif name == "accelerator":
            details["accelerator"] = {chapter: _ratio_details(one) for chapter, one in measured["chapters"].items()}
    return details


def _grading_details(measured: dict[str, Any]) -> dict[str, Any]:
    """Return the seconds per submission of one way of grading: by pass, and of single submissions."""
    passes = [statistics.fmean(one) for one in measured["passes"]]
    each = [seconds for one in measured["passes"] for seconds in one]
    count = len(measured["passes"][0])
    details = {"passes": spread(passes), "each": spread(each), "submissions": count, "scores": measured["scores"]}
    if measured.get("cold"):
        details["cold"] = spread([seconds / count for seconds in measured["cold"]])
    return details


def _overhead_details(measured: dict[str, Any]) -> dict[str, Any]:
    means = {name: statistics.fmean(seconds) for name, seconds in measured["by_check"].items()}
    slowest = dict(sorted(means.items(), key=lambda pair: -pair[1])[:5])
    stages = {
        stage: {**spread(seconds), "mean": statistics.fmean(seconds)} for stage, seconds in measured["stages"].items()
    }
    return {"stages": stages, "checks": measured["checks"], "dearest": slowest}


def _ratio_details(measured: dict[str, Any]) -> dict[str, Any]:
    pairs = zip(measured["simulated"], measured["cpu"], strict=True)
    ratio = spread([slow / fast for slow, fast in pairs])
    cpu, simulated = spread(measured["cpu"]), spread(measured["simulated"])
    return {"ratio": ratio, "cpu": cpu, "simulated": simulated, "questions": measured["questions"]}


def summarize(details: dict[str, Any], machine: dict[str, Any], versions: dict[str, str]) -> dict[str, Any]:
    """Return performance.json. What was not measured is null."""
    grading = {}
    for chapter, ways in details["grading"].items():
        seconds = {way: _round(ways[way]["passes"]["median"]) if way in ways else None for way in WAYS}
        count = max(one["submissions"] for one in ways.values())
        grading[chapter] = {"submissions": count, "seconds_per_submission": seconds}
    stages: dict[str, Any] = next((one["stages"] for one in details["overhead"].values()), {})
    overhead = {stage: _round(seconds["median" if stage == "start" else "mean"]) for stage, seconds in stages.items()}
    growth = {
        size: {
            "seconds_per_submission": _round(one["seconds"] / int(size)),
            "parent_mb": round(one["parent_bytes"] / MIB),
        }
        for size, one in details["growth"].get("sizes", {}).items()
    }
    return {
        "machine": machine,
        "versions": versions,
        "grading": grading,
        "overhead": overhead,
        "latency": {what: _median(details["latency"].get(what)) for what in LATENCIES},
        "growth": growth,
        "accelerator": {chapter: round(one["ratio"]["median"], 2) for chapter, one in details["accelerator"].items()},
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
        if set(one) != {"submissions", "seconds_per_submission"} or set(one["seconds_per_submission"]) != set(WAYS):
            problems.append(f"grading of {chapter} has other keys")
        problems += [
            f"{chapter}: {way} is {seconds!r}"
            for way, seconds in one["seconds_per_submission"].items()
            if seconds is not None and not _is_number(seconds)
        ]
    problems += [f"overhead of {stage} is {s!r}" for stage, s in figures["overhead"].items() if not _is_number(s)]
    if set(figures["latency"]) != set(LATENCIES):
        problems.append("latency has other keys")
    for size, one in figures["growth"].items():
        if not size.isdigit() or set(one) != {"seconds_per_submission", "parent_mb"}:
            problems.append(f"growth at {size} has other keys")
    problems += [f"accelerator of {c} is {r!r}" for c, r in figures["accelerator"].items() if not _is_number(r)]
    return problems


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and value >= 0


# --- targets ----------------------------------------------------------------------------------------------------------


def compare_with_targets(figures: dict[str, Any], details: dict[str, Any]) -> list[tuple[str, str, str, bool | None]]:
    """Return (what, target, measured, whether it is met) for each target; None where it could not be measured."""
    rows = []
    for chapter, way, other, sign, bound in (
        ("ch3_modules", "nbgrader", "torchdojo", "≥", 20.0),
        ("ch3_modules", "nbgrader", "torchdojo_2_jobs", "≥", 20.0),
        ("ch3_modules", "otter", "torchdojo", "≥", 25.0),
        ("ch3_modules", "otter", "torchdojo_2_jobs", "≥", 25.0),
        ("ch3_modules", "pytest", "torchdojo", "≥", 5.0),
        ("ch2_networks", "torchdojo", "limit", "≤", 1.3),
        ("ch2_networks", "torchdojo_2_jobs", "limit", "≤", 1.3),
    ):
        seconds = figures["grading"].get(chapter, {}).get("seconds_per_submission", {})
        what = f"{CHAPTER_TITLES[chapter]}: {TITLES[way]} / {TITLES[other]}"
        ratio = seconds[way] / seconds[other] if seconds.get(way) and seconds.get(other) else None
        rows.append(_target(what, sign, bound, ratio))
    sizes = details["growth"].get("sizes", {})
    order = sorted(sizes, key=int)
    if len(order) == 3:
        a, b, c = order
        first = (sizes[b]["seconds"] - sizes[a]["seconds"]) / (int(b) - int(a))
        last = (sizes[c]["seconds"] - sizes[b]["seconds"]) / (int(c) - int(b))
        memory = sizes[c]["parent_bytes"] / sizes[a]["parent_bytes"]
        what = f"Growth: cost per further submission, {b} to {c} / {a} to {b}"
        rows.append(_target(what, "≤", 1.2, last / first))
        rows.append(_target(f"Growth: memory of the parent at {c} / at {a}", "≤", 1.2, memory))
    else:
        rows.append(_target("Growth: cost per further submission", "≤", 1.2, None))
        rows.append(_target("Growth: memory of the parent", "≤", 1.2, None))
    slowest = max(figures["accelerator"].values(), default=None)
    rows.append(_target("Simulated accelerator / CPU, slowest chapter", "≤", 4.0, slowest))
    return rows


def _target(what: str, sign: str, bound: float, ratio: float | None) -> tuple[str, str, str, bool | None]:
    met = None if ratio is None else ratio >= bound if sign == "≥" else ratio <= bound
    return what, f"{sign} {bound:g}", "not measured" if ratio is None else f"{ratio:.2f}", met


# --- the page ---------------------------------------------------------------------------------------------------------


def render_page(figures: dict[str, Any], details: dict[str, Any]) -> str:
    """Return performance.md."""
    sections = [
        _head(figures, details),
        _targets_section(figures, details),
        *(_grading_section(chapter, ways) for chapter, ways in details["grading"].items()),
        _overhead_section(details["overhead"]),
        _latency_section(details["latency"]),
        _growth_section(details["growth"]),
        _accelerator_section(details["accelerator"]),
        HOW,
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _head(figures: dict[str, Any], details: dict[str, Any]) -> str:
    machine, when = figures["machine"], details["when"]
    versions = " · ".join(f"{name} {number}" for name, number in figures["versions"].items())
    lines = [
        "# Performance",
        "",
        "What grading costs with torchdojo and with the tools that a teacher would use instead: the same checks on the",
        "same submissions, in one run on one machine. `make bench` measures it and writes this page. What was tried to",
        "make torchdojo faster is in the [design notes](design-notes.md).",
        "",
        f"Machine: {machine['processor']}, {machine['cores']} cores, {machine['memory_gb']:g} GB, {machine['system']}.",
        f"Versions: {versions}.",
    ]
    if when:
        lines.append(f"Measured from {when[0]} to {when[-1]} (start of the first and of the last part).")
    if details["quick"]:
        lines += ["", "**A quick run that only shows that everything works: ignore these numbers.**"]
    for name, reason in details["missing"].items():
        lines += ["", f"**Missing: {name}.** {reason}"]
    return "\n".join([*lines, "", "![Seconds per submission](pictures/performance.png)"])


def _targets_section(figures: dict[str, Any], details: dict[str, Any]) -> str:
    words = {True: "met", False: "**missed**", None: "not measured"}
    rows = [(what, target, ratio, words[met]) for what, target, ratio, met in compare_with_targets(figures, details)]
    section = "## Targets\n\n" + _table(("ratio of times", "target", "measured", ""), rows)
    notes = _missed(figures, details)
    return f"{section}\n\n{notes}" if notes else section


def _missed(figures: dict[str, Any], details: dict[str, Any]) -> str:
    """Return where this engine's time goes in the chapters whose grading misses a target."""
    missed = {what.partition(":")[0] for what, _, _, met in compare_with_targets(figures, details) if met is False}
    sentences = []
    for chapter, one in details["overhead"].items():
        if CHAPTER_TITLES[chapter] in missed:
            stages = {stage: seconds["mean"] for stage, seconds in one["stages"].items() if stage != "start"}
            total = sum(stages.values())
            ordered = sorted(stages.items(), key=lambda pair: -pair[1])
            shares = ", ".join(f"{stage} {seconds / total:.0%}" for stage, seconds in ordered)
            sentences.append(f"{CHAPTER_TITLES[chapter]}: of {_seconds(total)} per submission, {shares}.")
            seconds = figures["grading"].get(chapter, {}).get("seconds_per_submission", {})
            if seconds.get("limit"):
                ratios = [f"{seconds[w] / seconds['limit']:.1f} times against {w}" for w in PEERS if seconds.get(w)]
                words = "On one core, no engine that computes these checks once can beat the limit"
                sentences.append(f"{words}: {', '.join(ratios)}.")
    return "Where a target is missed, this is where the time goes. " + " ".join(sentences) if sentences else ""


def _grading_section(chapter: str, ways: dict[str, Any]) -> str:
    limit = ways.get("limit", {}).get("passes", {}).get("median")
    own = ways.get("torchdojo", {}).get("passes", {}).get("median")
    rows = []
    for way in WAYS:
        if way not in ways:
            rows.append((TITLES[way], "not measured", "", "", "", "", ""))
            continue
        passes, each = ways[way]["passes"], ways[way]["each"]
        median = passes["median"]
        row = (
            TITLES[way],
            _seconds(median),
            f"{_range(passes)} ({len(passes['samples'])})",
            _range(each),
            f"{60 / median:.3g}",
        )
        rows.append((*row, f"{median / own:.2f}" if own else "", f"{median / limit:.2f}" if limit else ""))
    head = ("", "per submission", "passes", "single submissions", "per minute", "× torchdojo", "× limit")
    text = f"## {CHAPTER_TITLES[chapter]}\n\n{_table(head, rows)}"
    for way in WAYS:
        if cold := ways.get(way, {}).get("cold"):
            text += f"\n\n{TITLES[way]}, cold, from the shell to the last page of feedback: {_seconds(cold['median'])}"
            text += f" per submission ({_range(cold)}, {len(cold['samples'])} runs)."
    return f"{text}\n\n{_agreement(ways)}"


def _agreement(ways: dict[str, Any]) -> str:
    """Return how many scores of every way agree with torchdojo's: only equal work compares in cost."""
    if "torchdojo" not in ways:
        return ""
    own, counts, differ = ways["torchdojo"]["scores"], [], False
    for way in WAYS[1:]:
        if way in ways:
            pairs = zip(own, ways[way]["scores"], strict=True)
            other = sum(abs((a or 0.0) - (b or 0.0)) > 1e-6 for a, b in pairs)
            counts.append(f"{TITLES[way]} {len(own) - other} of {len(own)}")
            differ = differ or other > 0
    text = f"Submissions with the same score as from torchdojo with 1 job: {', '.join(counts)}."
    return f"{text} {GATED}" if differ else text


def _overhead_section(overhead: dict[str, Any]) -> str:
    if not overhead:
        return ""
    text = (
        "## Where torchdojo's time goes\n\nMean time per submission, warm, with 1 job; in brackets the median and the"
    )
    text += " quartiles of single submissions."
    for chapter, one in overhead.items():
        rows = []
        for stage, about in STAGES.items():
            if seconds := one["stages"].get(stage):
                per_check = "" if stage == "start" else _seconds(seconds["mean"] / one["checks"])
                mean = f"{_seconds(seconds['mean'])} ({_seconds(seconds['median'])}, {_range(seconds)})"
                rows.append((stage, mean, per_check, about))
        head = ("stage", "per submission", "per check", "what it does")
        text += f"\n\n{CHAPTER_TITLES[chapter]}, {one['checks']} checks:\n\n{_table(head, rows)}"
        slowest = ", ".join(f"{name} {_seconds(mean)}" for name, mean in one["dearest"].items())
        text += f"\n\nThe slowest checks, probes included: {slowest}."
    return text


def _latency_section(latency: dict[str, Any]) -> str:
    names = {
        "watch": "`dojo watch`: from a save to its verdict on the screen",
        "check_exercise": "`dojo check` of one exercise, cold: from the shell",
        "check_exercise_warm": "the same check in a running process, warm",
        "check_course": "`dojo check` of the whole course, every exercise solved, cold",
        "check_course_warm": "the same in a running process, warm",
    }
    rows = [
        (words, _seconds(seconds["median"]), _range(seconds), len(seconds["samples"]))
        for what, words in names.items()
        if (seconds := latency.get(what))
    ]
    head = ("", "median", "spread", "tries")
    return f"## How long a learner waits\n\n{_table(head, rows)}" if rows else ""


def _growth_section(growth: dict[str, Any]) -> str:
    if not growth:
        return ""
    rows = []
    for size, one in growth["sizes"].items():
        report = "no such command" if one["report"] is None else _seconds(one["report"])
        memory, out = f"{one['parent_bytes'] / MIB:.0f} MB", f"{one['out_bytes'] / MIB:.1f} MB"
        cost = _seconds(one["seconds"] / int(size))
        rows.append((f"{int(size):,}", cost, _seconds(one["seconds"]), memory, out, _seconds(one["resume"]), report))
    head = ("submissions", "per submission", "total", "parent's memory", "OUT", "resume, nothing to do", "report")
    text = f"## Growth\n\nCheap submissions of {growth['chapter']}, one exercise filled in, through"
    return f"{text} `dojo grade --jobs 2`. The times include the start.\n\n{_table(head, rows)}"


def _accelerator_section(accelerator: dict[str, Any]) -> str:
    if not accelerator:
        return ""
    rows = [
        (
            chapter,
            f"{one['ratio']['median']:.2f}",
            f"{one['ratio']['low']:.2f} – {one['ratio']['high']:.2f}",
            _seconds(one["cpu"]["median"]),
            _seconds(one["simulated"]["median"]),
            one["questions"],
        )
        for chapter, one in accelerator.items()
    ]
    head = ("chapter", "ratio", "spread", "on the CPU", "simulated", "questions")
    text = "## The simulated accelerator against the CPU\n\nThe placement questions of each chapter, on the reference."
    return f"{text}\n\n{_table(head, rows)}"


GATED = (
    "Scores can differ because torchdojo gives no points for a check that an exercise's untouched `...` happens to "
    "satisfy; plain checks do."
)
HOW = """\
## How it is measured

Run `make bench` on a quiet machine. Each part runs in a process of its own and is saved in `build/bench/parts/`, so an
interrupted run resumes where it stopped. `.venv/bin/python -m scripts.bench --again growth` measures parts by name.

- Submissions: a seeded mix of the course's references, other right answers, known mistakes and stubs.
- Every way of grading runs the same probes, comparisons and points. The other tools read the reference's answers from a
  file, as a teacher writes expected numbers into tests, so they do not pay for running the reference. They run
  submissions without a sandbox and without limits, and name no mistakes; torchdojo does all three.
- nbgrader: one `nbgrader autograde`, serial as it is; one kernel per notebook, one grade cell per check.
- otter-grader: one `otter run` per submission, one test case per check.
- pytest: one fresh process per submission.
- The limit: the checks as plain function calls in one warm process, each submission loaded once.
- torchdojo: `run_jobs` in the bubblewrap sandbox, after a warm-up with two other submissions. `dojo grade` starts as
  many jobs as there are cores unless told otherwise. The other tools grade one submission after another by default;
  starting several of them at a time would share the cores among them in the same way.
- The cost per submission is the time of a whole pass divided by its submissions; of several passes, the median. The
  spread is the quartiles, or the extremes where there are fewer than four values. The medians are in
  [performance.json](performance.json), all samples in [performance_details.json](performance_details.json)."""


def _seconds(value: float) -> str:
    return f"{value * 1000:.3g} ms" if value < 0.9995 else f"{value:.3g} s" if value < 999.5 else f"{value:,.0f} s"


def _range(seconds: dict[str, Any]) -> str:
    return f"{_seconds(seconds['low'])} – {_seconds(seconds['high'])}"


def _table(head: tuple[str, ...], rows: list[Any]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)
