"""From the parts to the documents, performance.json, performance.md and the picture: no number is typed in."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scripts.bench.machine import machine, versions
from scripts.bench.measure import read_json, summary, write_json
from scripts.bench.picture import draw
from scripts.bench.ways import CHAPTER_TITLES, PEERS, TITLES, WAYS

Part = dict[str, Any]
STAGES = {
    "start": "a worker of its own: sandbox, import of torch, probes. Once a process, not once a submission",
    "load": "the submission loaded once, alone, in a fresh process",
    "probes": "the submission's own computing, inside the sandbox",
    "crossing": "fork, limits, clean-up, and the bytes between sandbox and checks",
    "compare": "pytest, the checks, comparisons and their tolerances",
    "diagnose": "asking the known mistakes what they answer, to name the one that was made",
    "store": "writing the result through to the disk",
}
MB = 2**20
KEYS = ("machine", "versions", "grading", "overhead", "latency", "growth", "accelerator")


def write_documents(parts: Mapping[str, Part], out: Path) -> None:
    """Write performance.json, performance_details.json, performance.md and pictures/performance.png into a folder.

    parts: by name, as they were measured; what is not there is said to be missing
    """
    details = details_of(parts)
    plain = plain_of(details, machine(), versions())
    write_json(out / "performance.json", plain)
    write_json(out / "performance_details.json", details)
    (out / "performance.md").write_text(page(plain, details), encoding="utf-8")
    draw(plain, out / "pictures" / "performance.png")


def rewrite(out: Path) -> str:
    """Return the page that the folder's own .json files make."""
    return page(read_json(out / "performance.json"), read_json(out / "performance_details.json"))


# --- numbers ----------------------------------------------------------------------------------------------------------


def details_of(parts: Mapping[str, Part]) -> dict[str, Any]:
    """Return medians, spread and samples of all that was measured."""
    found: dict[str, Any] = {"grading": {}, "overhead": {}, "latency": {}, "growth": {}, "accelerator": {}}
    found["missing"] = {name: part["missing"] for name, part in parts.items() if "missing" in part}
    found["when"] = sorted(part["when"] for part in parts.values())
    found["quick"] = any(part["quick"] for part in parts.values())
    for name, part in parts.items():
        known = part.get("found")
        if known is None:
            continue
        if name.startswith("grading."):
            _, chapter, way = name.split(".")
            found["grading"].setdefault(chapter, {})[way] = _way(known)
        elif name == "overhead":
            for chapter, one in known.items():
                stages = {stage: _mean_and_spread(values) for stage, values in one["stages"].items()}
                costs = {name: statistics.fmean(values) for name, values in one["by_check"].items()}
                dear = dict(sorted(costs.items(), key=lambda pair: -pair[1])[:5])
                found["overhead"][chapter] = {"stages": stages, "checks": one["checks"], "dearest": dear}
        elif name == "latency":
            found["latency"] = {what: summary(values) for what, values in known.items()}
        elif name == "growth":
            found["growth"] = known
        elif name == "accelerator":
            found["accelerator"] = {chapter: _ratio(one) for chapter, one in known["chapters"].items()}
    return found


def _way(known: dict[str, Any]) -> dict[str, Any]:
    """Return what one way of grading took: seconds a submission by pass, and of single submissions."""
    passes = [sum(one) / len(one) for one in known["passes"]]
    each = [seconds for one in known["passes"] for seconds in one]
    count = len(known["passes"][0])
    told = {"passes": summary(passes), "each": summary(each), "submissions": count, "scores": known["scores"]}
    if known.get("cold"):
        told["cold"] = summary([seconds / count for seconds in known["cold"]])
    return told


def _mean_and_spread(values: list[float]) -> dict[str, Any]:
    return {**summary(values), "mean": statistics.fmean(values)}


def _ratio(one: dict[str, Any]) -> dict[str, Any]:
    pairs = zip(one["simulated"], one["cpu"], strict=True)
    cpu, simulated = summary(one["cpu"]), summary(one["simulated"])
    ratio = summary([slow / fast for slow, fast in pairs])
    return {"ratio": ratio, "cpu": cpu, "simulated": simulated, "questions": one["questions"]}


def plain_of(details: dict[str, Any], machine: dict[str, Any], versions: dict[str, str]) -> dict[str, Any]:
    """Return performance.json. What was not measured is null."""
    grading = {}
    for chapter, ways in details["grading"].items():
        seconds = {way: _round(ways[way]["passes"]["median"]) if way in ways else None for way in WAYS}
        counts = {one["submissions"] for one in ways.values()}
        grading[chapter] = {"submissions": max(counts), "seconds_per_submission": seconds}
    first = next(iter(details["overhead"].values()), {"stages": {}})
    overhead = {stage: _round(one["mean"]) for stage, one in first["stages"].items()}
    if "start" in overhead:
        overhead["start"] = _round(first["stages"]["start"]["median"])
    latency = {what: _median(details["latency"].get(what)) for what in ("watch", "check_exercise", "check_course")}
    growth = {
        size: {
            "seconds_per_submission": _round(one["seconds"] / int(size)),
            "parent_mb": round(one["parent_bytes"] / MB),
        }
        for size, one in details["growth"].get("sizes", {}).items()
    }
    accelerator = {chapter: round(one["ratio"]["median"], 2) for chapter, one in details["accelerator"].items()}
    return {
        "machine": machine,
        "versions": versions,
        "grading": grading,
        "overhead": overhead,
        "latency": latency,
        "growth": growth,
        "accelerator": accelerator,
    }


def _round(seconds: float) -> float:
    return float(f"{seconds:.4g}")


def _median(found: dict[str, Any] | None) -> float | None:
    return _round(found["median"]) if found else None


def problems(plain: Any) -> list[str]:
    """Return in which ways a performance.json is not as other programs expect it."""
    if not isinstance(plain, dict) or sorted(plain) != sorted(KEYS):
        return [f"its keys are not {', '.join(KEYS)}"]
    found = []
    for chapter, one in plain["grading"].items():
        if set(one) != {"submissions", "seconds_per_submission"} or set(one["seconds_per_submission"]) != set(WAYS):
            found.append(f"grading of {chapter} has other keys")
        found += [
            f"{chapter}: {w} is {s!r}" for w, s in one["seconds_per_submission"].items() if not _is_number(s, True)
        ]
    found += [f"overhead of {stage} is {s!r}" for stage, s in plain["overhead"].items() if not _is_number(s)]
    if set(plain["latency"]) != {"watch", "check_exercise", "check_course"}:
        found.append("latency has other keys")
    for size, one in plain["growth"].items():
        if not size.isdigit() or set(one) != {"seconds_per_submission", "parent_mb"}:
            found.append(f"growth at {size} has other keys")
    found += [f"accelerator of {c} is {r!r}" for c, r in plain["accelerator"].items() if not _is_number(r)]
    return found


def _is_number(value: Any, may_be_missing: bool = False) -> bool:
    return (value is None and may_be_missing) or (isinstance(value, int | float) and value >= 0)


# --- targets ----------------------------------------------------------------------------------------------------------


def targets(plain: dict[str, Any], details: dict[str, Any]) -> list[tuple[str, str, str, bool | None]]:
    """Return (what, target, measured, whether it is met; None if it could not be measured) of each target."""
    rows = []
    for chapter, way, than, sign, bound in (
        ("ch3_modules", "nbgrader", "torchdojo", "≥", 20.0),
        ("ch3_modules", "nbgrader", "torchdojo_2_jobs", "≥", 20.0),
        ("ch3_modules", "otter", "torchdojo", "≥", 25.0),
        ("ch3_modules", "otter", "torchdojo_2_jobs", "≥", 25.0),
        ("ch3_modules", "pytest", "torchdojo", "≥", 5.0),
        ("ch2_networks", "torchdojo", "limit", "≤", 1.3),
        ("ch2_networks", "torchdojo_2_jobs", "limit", "≤", 1.3),
    ):
        seconds = plain["grading"].get(chapter, {}).get("seconds_per_submission", {})
        what = f"{CHAPTER_TITLES[chapter]}: seconds of {TITLES[way]} to those of {TITLES[than]}"
        ratio = seconds[way] / seconds[than] if seconds.get(way) and seconds.get(than) else None
        rows.append(_target(what, sign, bound, ratio))
    sizes = details["growth"].get("sizes", {})
    order = sorted(sizes, key=int)
    cost = memory = None
    if len(order) == 3:
        a, b, c = order
        first = (sizes[b]["seconds"] - sizes[a]["seconds"]) / (int(b) - int(a))
        last = (sizes[c]["seconds"] - sizes[b]["seconds"]) / (int(c) - int(b))
        cost, memory = last / first, sizes[c]["parent_bytes"] / sizes[a]["parent_bytes"]
        rows.append(_target(f"Growth: what one more costs, from {b} to {c} against from {a} to {b}", "≤", 1.2, cost))
        rows.append(_target(f"Growth: memory of the parent at {c} against {a}", "≤", 1.2, memory))
    else:
        rows += [_target("Growth: what one more costs", "≤", 1.2, None), _target("Growth: memory", "≤", 1.2, None)]
    worst = max(plain["accelerator"].values(), default=None)
    rows.append(_target("Simulated accelerator against the CPU, the slowest chapter", "≤", 4.0, worst))
    return rows


def _target(what: str, sign: str, bound: float, got: float | None) -> tuple[str, str, str, bool | None]:
    met = None if got is None else got >= bound if sign == "≥" else got <= bound
    return what, f"{sign} {bound:g}", "not measured" if got is None else f"{got:.2f}", met


# --- the page ---------------------------------------------------------------------------------------------------------


def page(plain: dict[str, Any], details: dict[str, Any]) -> str:
    """Return performance.md."""
    sections = [
        _head(plain, details),
        _targets_section(plain, details),
        *(_grading_section(chapter, ways) for chapter, ways in details["grading"].items()),
        _overhead_section(details["overhead"]),
        _latency_section(details["latency"]),
        _growth_section(details["growth"]),
        _accelerator_section(details["accelerator"]),
        HOW,
        TRIED,
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _head(plain: dict[str, Any], details: dict[str, Any]) -> str:
    machine, when = plain["machine"], details["when"]
    versions = " · ".join(f"{name} {number}" for name, number in plain["versions"].items())
    lines = [
        "# Performance",
        "",
        "What grading costs with torchdojo, and with what a teacher would use instead: the same checks on the same",
        "submissions, in one run on one machine. `make bench` measures it and writes this page.",
        "",
        f"Machine: {machine['processor']}, {machine['cores']} cores, {machine['memory_gb']:g} GB, {machine['system']}.",
        f"Versions: {versions}.",
    ]
    if when:
        lines.append(f"Measured from {when[0]} to {when[-1]} (when the first and the last part began).")
    if details["quick"]:
        lines += ["", "**A quick run, only to see that everything works: these numbers mean nothing.**"]
    for name, words in details["missing"].items():
        lines += ["", f"**Missing: {name}.** {words}"]
    return "\n".join([*lines, "", "![Seconds a submission](pictures/performance.png)"])


def _targets_section(plain: dict[str, Any], details: dict[str, Any]) -> str:
    words = {True: "met", False: "**missed**", None: "not measured"}
    rows = [(what, target, got, words[met]) for what, target, got, met in targets(plain, details)]
    section = "## Targets\n\n" + _table(("ratio", "target", "measured", ""), rows)
    notes = _missed(plain, details)
    return f"{section}\n\n{notes}" if notes else section


def _missed(plain: dict[str, Any], details: dict[str, Any]) -> str:
    """Say, of the grading targets that are missed, where this engine's time goes."""
    missed = {what.partition(":")[0] for what, _, _, met in targets(plain, details) if met is False}
    lines = []
    for chapter, one in details["overhead"].items():
        if CHAPTER_TITLES[chapter] in missed:
            stages = {stage: values["mean"] for stage, values in one["stages"].items() if stage != "start"}
            whole = sum(stages.values())
            ordered = sorted(stages.items(), key=lambda pair: -pair[1])
            shares = ", ".join(f"{stage} {seconds / whole:.0%}" for stage, seconds in ordered)
            lines.append(f"{CHAPTER_TITLES[chapter]}: of {_seconds(whole)} a submission, {shares}.")
            seconds = plain["grading"].get(chapter, {}).get("seconds_per_submission", {})
            if seconds.get("limit"):
                far = [f"{seconds[w] / seconds['limit']:.1f} times against {w}" for w in PEERS if seconds.get(w)]
                words = "On one core no engine that computes these checks once could be faster than the limit"
                lines.append(f"{words}: {', '.join(far)}.")
    return "Where a target is missed, the split says where the time goes. " + " ".join(lines) if lines else ""


def _grading_section(chapter: str, ways: dict[str, Any]) -> str:
    limit = ways.get("limit", {}).get("passes", {}).get("median")
    own = ways.get("torchdojo", {}).get("passes", {}).get("median")
    rows = []
    for way in WAYS:
        if way not in ways:
            rows.append((TITLES[way], "not measured", "", "", "", "", ""))
            continue
        told, each = ways[way]["passes"], ways[way]["each"]
        median = told["median"]
        passes = f"{_seconds(told['low'])} – {_seconds(told['high'])} ({len(told['samples'])})"
        spread = f"{_seconds(each['low'])} – {_seconds(each['high'])}"
        row = (TITLES[way], _seconds(median), passes, spread, f"{60 / median:.3g}")
        rows.append((*row, f"{median / own:.2f}" if own else "", f"{median / limit:.2f}" if limit else ""))
    head = ("", "a submission", "passes", "single submissions", "a minute", "× torchdojo", "× limit")
    text = f"## {CHAPTER_TITLES[chapter]}\n\n{_table(head, rows)}"
    cold = [(TITLES[way], ways[way]["cold"]) for way in WAYS if way in ways and "cold" in ways[way]]
    for title, told in cold:
        text += (
            f"\n\n{title}, cold, from the shell to the last page of feedback: {_seconds(told['median'])} a submission"
        )
        text += f" ({_seconds(told['low'])} – {_seconds(told['high'])}, {len(told['samples'])} runs)."
    return f"{text}\n\n{_agreement(ways)}"


def _agreement(ways: dict[str, Any]) -> str:
    """Say whether every way came to the same scores: only then do they cost the same thing."""
    if "torchdojo" not in ways:
        return ""
    own, lines, differ = ways["torchdojo"]["scores"], [], False
    for way in WAYS[1:]:
        if way in ways:
            pairs = zip(own, ways[way]["scores"], strict=True)
            other = sum(abs((a or 0.0) - (b or 0.0)) > 1e-6 for a, b in pairs)
            lines.append(f"{TITLES[way]} {len(own) - other} of {len(own)}")
            differ = differ or other > 0
    text = f"Submissions that got the same score as from torchdojo with 1 job: {', '.join(lines)}."
    return f"{text} {GATED}" if differ else text


def _overhead_section(overhead: dict[str, Any]) -> str:
    if not overhead:
        return ""
    text = (
        "## Where this engine's time goes\n\nMean seconds a submission, graded warm with 1 job (median and quartiles of"
    )
    text += " single submissions in brackets)."
    for chapter, one in overhead.items():
        rows = []
        for stage, about in STAGES.items():
            told = one["stages"].get(stage)
            if told:
                spread = f"{_seconds(told['median'])}, {_seconds(told['low'])} – {_seconds(told['high'])}"
                a_check = "" if stage == "start" else _seconds(told["mean"] / one["checks"])
                rows.append((stage, f"{_seconds(told['mean'])} ({spread})", a_check, about))
        head = ("stage", "a submission", "a check", "what it is")
        text += f"\n\n{CHAPTER_TITLES[chapter]}, {one['checks']} checks:\n\n{_table(head, rows)}"
        dear = ", ".join(f"{name} {_seconds(mean)}" for name, mean in one["dearest"].items())
        text += f"\n\nThe checks that take longest, probes included: {dear}."
    return text


def _latency_section(latency: dict[str, Any]) -> str:
    names = {
        "watch": "`dojo watch`: from a save to its verdict on the screen",
        "check_exercise": "`dojo check` of one exercise, cold: from the shell",
        "check_exercise_warm": "the same check in a process that stays, warm",
        "check_course": "`dojo check` of the whole course, every exercise solved, cold",
        "check_course_warm": "the same in a process that stays, warm",
    }
    rows = [
        (words, _seconds(told["median"]), f"{_seconds(told['low'])} – {_seconds(told['high'])}", len(told["samples"]))
        for what, words in names.items()
        if (told := latency.get(what))
    ]
    head = ("", "median", "spread", "tries")
    return f"## How long a learner waits\n\n{_table(head, rows)}" if rows else ""


def _growth_section(growth: dict[str, Any]) -> str:
    if not growth:
        return ""
    rows = []
    for size, one in growth["sizes"].items():
        report = "no such command" if one["report"] is None else _seconds(one["report"])
        memory, out = f"{one['parent_bytes'] / MB:.0f} MB", f"{one['out_bytes'] / MB:.1f} MB"
        cost = _seconds(one["seconds"] / int(size))
        rows.append((f"{int(size):,}", cost, _seconds(one["seconds"]), memory, out, _seconds(one["resume"]), report))
    head = ("submissions", "a submission", "in all", "parent's memory", "OUT", "resume, nothing to do", "report")
    text = (
        f"## Growth\n\nCheap submissions of {growth['chapter']}, one exercise filled in, through `dojo grade --jobs 2`."
    )
    return f"{text} The time holds everything, the start included.\n\n{_table(head, rows)}"


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
    "One reason to differ: torchdojo gives nothing for a check that an exercise's untouched `...` happens to satisfy; "
    "plain checks do."
)
HOW = """\
## How it is measured

`make bench`, on a quiet machine. Each part runs in a process of its own and is kept in `build/bench/parts/`, so a run
that was stopped goes on. `.venv/bin/python -m scripts.bench --again growth` measures parts by name.

- Submissions: a seeded mix of the course's references, other right answers, known mistakes and stubs.
- Every way runs the same probes, comparisons and points. Peers read the reference's answers from a file, as a teacher
  writes expected numbers into tests, so they do not pay for running the reference. They run submissions without a
  sandbox, with no limits, and name no mistakes; torchdojo does all three.
- nbgrader: one `nbgrader autograde`, serial as it is; a kernel for each notebook, a grade cell for each check.
- otter-grader: one `otter run` for each submission, a test case for each check.
- pytest: one fresh process for each submission.
- The limit: the checks as plain function calls in one warm process, each submission loaded once.
- torchdojo: `run_jobs` in the bubblewrap sandbox, after a warm-up of two other submissions. `dojo grade` takes as many
  jobs as there are cores unless it is told otherwise. Peers grade one submission after the other, as they do by
  themselves; who starts several of them at a time shares the cores among them likewise.
- A submission's cost is the whole time of a pass divided by its submissions; of several passes the median. Spread is
  the quartiles, or the extremes of fewer than four. The medians are in [performance.json](performance.json), all
  samples in [performance_details.json](performance_details.json)."""
TRIED = """\
## What was tried

Each check runs in a process of its own, forked from one that has imported torch, in namespaces of its own. On the
2-core machine of this page that costs about 12 ms of processor time a check, against seconds for an import of torch:
2.8 ms the fork, 1.2 ms the namespaces, 3 ms the end, and 5 ms because the child touches about 1,500 pages for the first
time. 1,200 of those are copied, most only because Python counts references in them. So what remains between this engine
and the limit is the price of keeping checks apart, and it is not given up. How far any engine could get ahead of a peer
stands in the last column of the tables above: the peer's cost to that of the checks alone.

- Kept: torchvision is imported only for code that names it. A comment in chapter 3 did, and every fork then copied 170
  mappings and shared 80 MB more. With the next point a submission of chapter 3 took 556 ms instead of 797.
- Kept: the survival rate of chapter 3 is drawn 4,400 times instead of 10,000 for the same tolerance and certainty, from
  the binomial distribution itself instead of Hoeffding's bound. This makes the limit smaller too.
- Kept: the files of checks are imported once, not for each submission; pytest starts without what nobody needs, and
  does not look through the folders of known mistakes; a submission's syntax tree lists its nodes once; known mistakes
  are asked quick questions first; equal tensors are seen to be equal at once. Together 40 of 190 ms in this process.
- Kept: a child's memory is read from /proc in 0.015 ms instead of 0.175 ms, after each answer.
- Kept: the parent runs more of what probes run before it forks (a network's text loaded and run, losses, a
  loader, the simulated accelerator imported). It saves a few percent.
- Kept: `dojo check` starts its worker first and imports torch at the same time, not after one another.
- Not kept: an optimizer among what the parent runs. It imports torch's compiler, a second at every start, which
  chapters that need it name anyway; and Adam's step starts CUDA where there is a device, so that no child can use it.
- No gain, not kept: forking by the C library's function, past Python's own work after a fork. The 270 pages which that
  touches are touched a little later anyway.
- No gain, not kept: glibc's allocator told to keep what it has, or to ask for huge pages.
- Kept: what children would do first in chapters that need it, the parent does before: it unpacks the course's own
  images, and opens a picture. 140 ms of training in chapter 2 were the unpacking.
- Not kept: children that warm up by themselves while nobody waits, backward included. With as many jobs as cores nobody
  is idle; with one job on two cores a submission of chapter 3 took 626 ms instead of 520, and why was not found out.
- No gain, not kept: copying the pages ahead, in bulk, with `MADV_POPULATE_WRITE`. A page costs 2.6 µs either way.
- No gain, not kept: forking the next child earlier, and burying the last one later. Within the noise.
- Not possible on the machine: libraries' text on huge pages, for fewer faults. Its kernel lacks `READ_ONLY_THP_FOR_FS`.
- Not done: one process for several checks. It would save most of the 12 ms, and what a submission leaves behind in one
  check would reach the next."""


def _seconds(value: float) -> str:
    return f"{value * 1000:.3g} ms" if value < 0.9995 else f"{value:.3g} s" if value < 999.5 else f"{value:,.0f} s"


def _table(head: tuple[str, ...], rows: list[Any]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)
