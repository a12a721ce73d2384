"""The certificate: what the last whole verification proved, for people (Markdown) and for programs (JSON)."""

from __future__ import annotations

import datetime
import hashlib
import json
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from torchdojo.course import Course
from torchdojo.grading.version import graders_hash
from torchdojo.verify.tally import ChapterTally

PACKAGES = ("torchdojo", "torch", "torchvision", "pytest")


def course_hash(course: Course) -> str:
    """Return a hash of everything a verdict of this course depends on, the engine apart."""
    text = "\n".join(f"{chapter.name} {graders_hash(course, chapter)}" for chapter in course.chapters)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def certificate_of(
    course: Course, tallies: list[ChapterTally], seeds: int, chance: float, hostile: dict[str, int]
) -> dict[str, Any]:
    """Return the certificate's table. chance: bound on the probability that right work fails some check of a run."""
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
        "chapters": {tally.chapter.name: _chapter(tally) for tally in tallies},
        "hostile": hostile,
    }


def _chapter(tally: ChapterTally) -> dict[str, Any]:
    exercises = {
        name: {
            "checks": len(one.checks),
            "accepted": one.accepted,
            "mistakes": one.mistakes,
            "named": one.named,
            "mutants": one.mutants,
            "killed": one.killed,
            "equivalent": one.equivalent,
        }
        for name, one in tally.exercises.items()
    }
    return {"exercises": exercises, "seconds": round(tally.seconds, 1)}


def write_certificate(folder: Path, table: dict[str, Any]) -> list[Path]:
    """Write certificate.json and certificate.md into the folder; return both."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / "certificate.json", folder / "certificate.md"]
    paths[0].write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")
    paths[1].write_text(markdown_of(table), encoding="utf-8")
    return paths


def markdown_of(table: dict[str, Any]) -> str:
    """Return the certificate for people to read."""
    rows, total = [], dict.fromkeys(COLUMNS, 0)
    for chapter, one in table["chapters"].items():
        for name, counts in one["exercises"].items():
            rows.append(_row(f"{chapter} / {name}", counts))
            total = {key: total[key] + counts[key] for key in COLUMNS}
    versions = ", ".join(f"{name} {number}" for name, number in table["versions"].items())
    real = total["mutants"] - total["equivalent"]
    hostile = table["hostile"]
    return "\n".join(
        [
            "# Certificate",
            "",
            "Written by `make verify`; do not edit. It says what was proved of the course's graders, and with what.",
            "",
            f"- Date: {table['date']}; course {table['course']}; {versions}.",
            f"- Right answers: the reference and {total['accepted']} accepted answers got all points, with each of "
            f"{table['seeds']} secrets.",
            f"- Wrong answers: {total['mistakes']} known mistakes all lost points in their own exercise, and "
            f"{total['named']} were told by name ({_share(total['named'], total['mistakes'])}).",
            f"- Mutants: {total['killed']} of {real} that differ from the reference were caught "
            f"({_share(total['killed'], real)}); {total['equivalent']} more mean the same as the reference.",
            "- Answers replaced by zeros, ones, NaN, nothing, another dtype, another shape, or numbers off by one part "
            "in ten million (a Python float: in ten thousand) failed every check that compares values.",
            "- Each check catches something that no other check of its exercise does, or says why it is there.",
            f"- Attacks: {hostile['attacks']}, of which {hostile['earned']} earned anything.",
            f"- Right work fails by chance in at most {table['false_failure_bound']:.1g} of all runs.",
            "",
            f"| exercise | {' | '.join(COLUMNS)} |",
            f"|---|{'---:|' * len(COLUMNS)}",
            *rows,
            _row("**all**", total),
            "",
        ]
    )


COLUMNS = ("checks", "accepted", "mistakes", "named", "mutants", "killed", "equivalent")


def _row(name: str, counts: dict[str, int]) -> str:
    return f"| {name} | {' | '.join(str(counts[key]) for key in COLUMNS)} |"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "none"
