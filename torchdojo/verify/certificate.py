"""Write the certificate of a complete verification: Markdown for people, JSON for programs."""

from __future__ import annotations

import datetime
import hashlib
import json
import platform
import statistics
from importlib.metadata import version
from pathlib import Path
from typing import Any

from torchdojo.course import Course
from torchdojo.grading.version import graders_hash
from torchdojo.verify.counts import ChapterCounts

PACKAGES = ("torchdojo", "torch", "torchvision", "pytest")
COLUMNS = ("checks", "accepted", "mistakes", "named", "mutants", "killed", "equivalent", "replayed", "lazy")
VARIANTS = {"variants": "variants", "true names": "true_names", "no name": "unnamed", "false names": "false_names"}
FIGURES = (*VARIANTS.values(), "constructor", "lazy_answers", "credit")  # of an exercise, in certificate.json only


def course_hash(course: Course) -> str:
    """Return a hash of everything that this course's verdicts depend on, except for the engine."""
    text = "\n".join(f"{chapter.name} {graders_hash(course, chapter)}" for chapter in course.chapters)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def build_certificate(
    course: Course, chapters: list[ChapterCounts], seeds: int, chance: float, hostile: dict[str, int]
) -> dict[str, Any]:
    """Return the content of certificate.json.

    chance: bound on the probability that a right answer fails any check of a run; hostile: counts of attacks
    """
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "course": course_hash(course),
        "versions": {
            "python": platform.python_version(),
            "system": platform.system(),
            **{name: version(name) for name in PACKAGES},
        },
        "seeds": seeds,
        "false_failure_bound": chance,
        "chapters": {counts.chapter.name: _chapter_entry(counts) for counts in chapters},
        "hostile": hostile,
    }


def _chapter_entry(chapter: ChapterCounts) -> dict[str, Any]:
    exercises = {
        name: {"checks": len(counts.checks), **{column: getattr(counts, column) for column in (*COLUMNS[1:], *FIGURES)}}
        for name, counts in chapter.exercises.items()
    }
    return {"exercises": exercises, "seconds": round(chapter.seconds, 1)}


def write_certificate(folder: Path, certificate: dict[str, Any]) -> list[Path]:
    """Write certificate.json and certificate.md into the folder; return both."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / "certificate.json", folder / "certificate.md"]
    paths[0].write_text(json.dumps(certificate, indent=2) + "\n", encoding="utf-8")
    paths[1].write_text(render_markdown(certificate), encoding="utf-8")
    return paths


def render_markdown(certificate: dict[str, Any]) -> str:
    """Return certificate.md."""
    rows, total = [], dict.fromkeys(COLUMNS, 0)
    for chapter, entry in certificate["chapters"].items():
        for name, counts in entry["exercises"].items():
            rows.append(_row(f"{chapter} / {name}", counts))
            total = {key: total[key] + counts[key] for key in COLUMNS}
    versions = ", ".join(f"{name} {number}" for name, number in certificate["versions"].items())
    real = total["mutants"] - total["equivalent"]
    hostile = certificate["hostile"]
    return "\n".join(
        [
            "# Certificate",
            "",
            "Written by `make verify`; do not edit. It records what was verified of the course's graders, and how.",
            "",
            f"- Date: {certificate['date']}; course {certificate['course']}; {versions}.",
            f"- Right answers: the reference and {total['accepted']} accepted answers got all points with each of "
            f"{certificate['seeds']} secrets.",
            f"- Wrong answers: {total['mistakes']} known mistakes all lost points in their own exercise, and "
            f"{total['named']} were named ({_share(total['named'], total['mistakes'])}).",
            _names_of_variants(certificate),
            f"- Mutants: {total['killed']} of {real} that differ from the reference were caught "
            f"({_share(total['killed'], real)}); {total['equivalent']} more mean the same as the reference.",
            "- Answers replaced by zeros, ones, NaN, nothing, another dtype, another shape, or numbers off by one part "
            "in ten million (a Python float: in ten thousand) failed every check that compares values.",
            *_points_for_work(certificate),
            "- Each check catches something that no other check of its exercise does, or gives a reason why it exists.",
            f"- Attacks: {hostile['attacks']}, of which {hostile['earned']} earned points.",
            f"- Correct work fails by chance in at most {certificate['false_failure_bound']:.1g} of all runs.",
            "",
            f"| exercise | {' | '.join(COLUMNS)} |",
            f"|---|{'---:|' * len(COLUMNS)}",
            *rows,
            _row("**all**", total),
            "",
        ]
    )


def _names_of_variants(certificate: dict[str, Any]) -> str:
    """Return what was named of the variants of the known mistakes."""
    entries = [counts for chapter in certificate["chapters"].values() for counts in chapter["exercises"].values()]
    total = {key: sum(counts[key] for counts in entries) for key in VARIANTS.values()}
    return (
        f"- Variants: {total['variants']} of known mistakes, written otherwise or beside another mistake: "
        f"{total['true_names']} were named rightly ({_share(total['true_names'], total['variants'])}), "
        f"{total['unnamed']} were not named, and {total['false_names']} falsely."
    )


def _points_for_work(certificate: dict[str, Any]) -> list[str]:
    """Return what was earned without work, and what is kept by work with one flaw."""
    entries = [counts for chapter in certificate["chapters"].values() for counts in chapter["exercises"].values()]
    credit = [share for counts in entries for share in counts["credit"]]
    kept = f"the median keeps {statistics.median(credit):.0%}, the least {min(credit):.0%}" if credit else "none"
    return [
        f"- Replayed answers: the reference's answers to the questions of another secret earned points in "
        f"{sum(counts['replayed'] > 0 for counts in entries)} of {len(entries)} exercises.",
        f"- Lazy answers: {sum(counts['lazy_answers'] for counts in entries)} were generated, with a constant, zeros, "
        "ones, the input, another exercise's answer or nothing in place of the work; in "
        f"{sum(counts['lazy'] > 0 for counts in entries)} exercises one earned points. A constructor alone earned at "
        f"most {max((counts['constructor'] for counts in entries), default=0):g} points.",
        f"- Partial work: {len(credit)} known mistakes that fail a single check, not a core one, keep more than half "
        f"of their exercise's points ({kept}).",
    ]


def _row(name: str, counts: dict[str, int]) -> str:
    return f"| {name} | {' | '.join(f'{counts[key]:g}' for key in COLUMNS)} |"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "none"
