"""Write performance.json, performance.md and the figure from the measured parts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scripts.bench.details import MIB, Part, collect_details, summarize
from scripts.bench.machine import collect_versions, describe_machine
from scripts.bench.measure import write_json
from scripts.bench.picture import draw
from scripts.bench.targets import chapter_ratios, compare_with_targets
from scripts.bench.ways import CHAPTER_TITLES, LATENCIES, STAGES, STAGES_PER_SUBMISSION, TITLES, WAYS

MANY = 100_000  # submissions
PARTS_OF_WAITING = {
    "check_exercise": ("import_torch", "an import of torch takes"),
    "check_course": ("course_probes", "its probes take, on all cores,"),
}


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


def render_page(figures: dict[str, Any], details: dict[str, Any]) -> str:
    """Return performance.md."""
    sections = [
        _head(figures, details),
        _targets_section(figures, details),
        *(_grading_section(chapter, details["grading"].get(chapter, {})) for chapter in CHAPTER_TITLES),
        _chapters_section(figures, details),
        _stages_section(details["overhead"]),
        _latency_section(details["latency"]),
        _growth_section(details["growth"]),
        _class_section(figures),
        _cluster_section(figures, details),
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
    targets = compare_with_targets(figures)
    rows = [(target.what, target.bound, target.measured, words[target.is_met]) for target in targets]
    section = "## Targets\n\n" + _table(("", "target", "measured", ""), rows)
    missed = [target for target in targets if target.is_met is False]
    topics = dict.fromkeys(target.topic for target in missed)
    notes = [note for topic in topics if (note := _where_time_goes(topic, figures["latency"], details["overhead"]))]
    if any(target.bound.startswith("≥") for target in missed):
        notes.append(_highest_ratios(figures))
    return f"{section}\n\nWhere the time goes. {' '.join(notes)}" if notes else section


def _where_time_goes(topic: str, latency: dict[str, Any], overhead: dict[str, Any]) -> str:
    """Return what takes the time that a missed target is about; "" if that was not measured."""
    if topic in latency:
        part, words = PARTS_OF_WAITING[topic]
        return f"{LATENCIES[topic]}: {_seconds(latency[topic])}, of which {words} {_seconds(latency[part])}."
    if topic not in overhead:
        return ""
    stages = {stage: overhead[topic]["stages"][stage]["mean"] for stage in STAGES_PER_SUBMISSION}
    total = sum(stages.values())
    ordered = sorted(stages.items(), key=lambda pair: -pair[1])
    shares = ", ".join(f"{stage} {seconds / total:.0%}" for stage, seconds in ordered if seconds >= total / 200)
    return f"{CHAPTER_TITLES.get(topic, topic)}: of {_seconds(total)} per submission, {shares}."


def _highest_ratios(figures: dict[str, Any]) -> str:
    """Return how much faster than the other tools an engine with 2 jobs can be that does nothing but the checks."""
    seconds = figures["grading"]["ch3_modules"]["seconds_per_submission"]
    if not seconds["limit"]:
        return ""
    peers = [way for way in ("nbgrader", "otter") if seconds[way]]
    ratios = " and ".join(f"{2 * seconds[way] / seconds['limit']:.1f} times as fast as {TITLES[way]}" for way in peers)
    return f"With the checks alone on two cores, {CHAPTER_TITLES['ch3_modules'].partition(',')[0]} would be {ratios}."


def _grading_section(chapter: str, ways: dict[str, Any]) -> str:
    if not ways:
        return ""
    limit = ways.get("limit", {}).get("passes", {}).get("median")
    own = ways.get("torchdojo", {}).get("passes", {}).get("median")
    rows = []
    for way in WAYS:
        if way not in ways:
            rows.append((TITLES[way], "not measured", "", "", "", ""))
            continue
        passes = ways[way]["passes"]
        median = passes["median"]
        row = (TITLES[way], _seconds(median), f"{_range(passes)} ({len(passes['samples'])})", _range(ways[way]["each"]))
        rows.append((*row, f"{median / own:.2f}" if own else "", f"{median / limit:.2f}" if limit else ""))
    head = ("", "per submission", "passes", "single submissions", "× torchdojo, 1 job", "× the checks alone")
    text = f"## {CHAPTER_TITLES[chapter]}\n\n{_table(head, rows)}"
    for way in WAYS:
        if cold := ways.get(way, {}).get("cold"):
            text += f"\n\n{TITLES[way]}, cold, from the shell to the last page of feedback: {_seconds(cold['median'])}"
            text += f" per submission ({_range(cold)}, {len(cold['samples'])} runs)."
    return f"{text}\n\n{_agreement(ways)}".rstrip()


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


def _chapters_section(figures: dict[str, Any], details: dict[str, Any]) -> str:
    ratios = chapter_ratios(figures)
    rows = [
        (
            chapter,
            _seconds(figures["grading"][chapter]["seconds_per_submission"]["torchdojo"]),
            _seconds(figures["grading"][chapter]["seconds_per_submission"]["limit"]),
            f"{ratio:.2f}",
            _slowest_checks(details["overhead"].get(chapter)),
        )
        for chapter, ratio in sorted(ratios.items())
    ]
    head = ("chapter", "torchdojo, 1 job", "the checks alone", "ratio", "slowest checks")
    return f"## Every chapter to its checks alone\n\nPer submission.\n\n{_table(head, rows)}" if rows else ""


def _slowest_checks(one: dict[str, Any] | None) -> str:
    return ", ".join(f"{name} {_seconds(mean)}" for name, mean in one["slowest"].items()) if one else ""


def _stages_section(overhead: dict[str, Any]) -> str:
    if not overhead:
        return ""
    rows = []
    for chapter, one in sorted(overhead.items()):
        means = {stage: one["stages"][stage]["mean"] for stage in STAGES}
        total = sum(means[stage] for stage in STAGES_PER_SUBMISSION)
        rows.append((chapter, *map(_seconds, means.values()), _seconds(total), _seconds(one["probes"])))
    head = ("chapter", *STAGES, "all but start", "own code")
    meanings = "\n".join(f"- {stage}: {about}" for stage, about in STAGES.items())
    return (
        "## Where torchdojo's time goes\n\nThe mean of what the grading process spends on a submission, warm, with 1 "
        f"job.\n\n{_table(head, rows)}\n\n{meanings}\n- own code: CPU time of the submission's answers, beside all this"
    )


def _latency_section(latency: dict[str, Any]) -> str:
    rows = [
        (words, _seconds(seconds["median"]), _range(seconds), len(seconds["samples"]))
        for what, words in LATENCIES.items()
        if (seconds := latency.get(what))
    ]
    head = ("from the shell", "median", "spread", "tries")
    return f"## How long a learner waits\n\n{_table(head, rows)}" if rows else ""


def _growth_section(growth: dict[str, Any]) -> str:
    if not growth:
        return ""
    rows = []
    for size, one in growth["sizes"].items():
        memory = " / ".join(f"{one['memory'].get(role, 0) / MIB:.0f}" for role in ("parent", "grading", "worker"))
        cost, out = _seconds(one["seconds"] / int(size)), f"{one['out_bytes'] / MIB:.1f} MB"
        times = _seconds(one["seconds"]), memory, out, _seconds(one["resume"]), _seconds(one["report"])
        rows.append((f"{int(size):,}", cost, *times))
    head = ("submissions", "per submission", "total", "MB of memory", "OUT", "resume, nothing to do", "report")
    text = f"## Growth\n\nCheap submissions of {growth['chapter']}, one exercise filled in, through"
    text += " `dojo grade --jobs 2`. The times include the start; of several runs, the median."
    return f"{text} {MEMORY}\n\n{_table(head, rows)}"


def _class_section(figures: dict[str, Any]) -> str:
    measured = figures["class"]
    if not measured:
        return ""
    seconds, count = measured["seconds"], measured["submissions"]
    stages = " · ".join(f"{stage} {spent:,.0f} s" for stage, spent in measured["stages"].items())
    memory = " · ".join(f"{role} {size} MB" for role, size in measured["memory_mb"].items())
    return (
        f"## A whole class\n\n{count:,} submissions of all chapters, right, wrong, half done or broken, through "
        f"`dojo grade` on all cores: {seconds / 60:.1f} minutes, {_seconds(seconds / count)} per submission"
        f"{f' ({stages})' if stages else ''}. Memory of a process, at most: {memory}."
    )


def _cluster_section(figures: dict[str, Any], details: dict[str, Any]) -> str:
    measured = figures["cluster"]
    if not measured:
        return ""
    rows = []
    for count, one in measured.items():
        beyond = _seconds(max(0.0, one["dask"] - one["pool"]))
        times = (_seconds(one[what]) for what in ("pool", "dask"))
        rows.append((count, *times, beyond, _seconds(one["client"]), _seconds(one["scheduler"])))
    head = ("workers", "pool", "Dask", "difference", "client", "scheduler")
    text = (
        f"## Dask\n\nTime per job of {details['cluster']['jobs']} cheap jobs of {details['cluster']['chapter']}, in "
        "processes of `dojo grade` and on as many Dask workers on this machine; CPU time per job of Dask's client and "
        f"scheduler, one process each.\n\n{_table(head, rows)}"
    )
    needs = _needs_of_many(figures)
    return f"{text}\n\n{needs}" if needs else text


def _needs_of_many(figures: dict[str, Any]) -> str:
    """Return what very many submissions need, computed from a whole class and the cost of a job on Dask."""
    measured, last = figures["class"], list(figures["cluster"].values())[-1]
    if not measured:
        return ""
    cores = figures["machine"]["cores"]
    each = measured["seconds"] * cores / measured["submissions"]
    busiest = max(last["client"], last["scheduler"])
    return (
        f"Computed from this: a submission of the class above takes {_seconds(each)} of one core, so {MANY:,} need "
        f"{MANY * each / 3600:,.0f} core-hours of workers, {MANY * last['client'] / 60:.0f} minutes of the client and "
        f"{MANY * last['scheduler'] / 60:.0f} of the scheduler. The busier one of these two keeps up with "
        f"{each / busiest:,.0f} cores of workers."
    )


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


MEMORY = (
    "Memory is the most that a process had resident, with what it shares: the parent's, a grading process's, and a "
    "sandboxed worker's."
)
GATED = (
    "Scores can differ: torchdojo gives no points for what a guess passes alone, and gives those of an exercise that "
    "is right but for another one that it uses; plain checks do neither."
)
HOW = """\
## How it is measured

Run `make bench` on a quiet machine; it takes two hours on two cores. Each part runs in a process of its own and is
saved in `build/bench/parts/`, so an interrupted run resumes where it stopped.
`.venv/bin/python -m scripts.bench --again growth` measures parts by name.

- Submissions: a seeded mix of the course's references, other right answers, known mistakes and stubs, 20 per chapter.
- Every way of grading runs the same probes, comparisons and points. The other tools read the reference's answers from a
  file, as a teacher writes expected numbers into tests, so they do not pay for running the reference. They run
  submissions without a sandbox and without limits, and name no mistakes; torchdojo does all three, and asks each
  submission questions of its own, to which the reference's answers must be computed, too.
- nbgrader: one `nbgrader autograde`, serial as it is; one kernel per notebook, one grade cell per check.
- otter-grader: one `otter run` per submission, one test case per check.
- pytest: one fresh process per submission.
- The checks alone: their functions, called one after the other in one warm process, on a submission that is loaded
  once, with the reference's answers from the file. Those of an exercise that is still to do are not called. No engine
  that computes these checks on one core can take less.
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
