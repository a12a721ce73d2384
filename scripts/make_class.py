"""Make up a class of submissions: right, wrong, half done, broken and hostile ones, as folders or as a download.

    python scripts/make_class.py FOLDER [--submissions 30] [--chapters ch1_fundamentals …] [--form folders] [--seed 0]
    python scripts/make_class.py FOLDER --ordinary --chapters all --submissions 2100

The same arguments give the same bytes. The texts are the course's own: references, accepted answers, known mistakes,
stubs, and the attacks in graders/hostile. --form is "folders" (some with zips, notebooks and odd file names), or
"moodle", "canvas" or "gradescope" for the download of that platform, written to FOLDER/download.zip.

--ordinary makes a class to measure with: nobody attacks, and only stubs are alike. The second line makes 300 students
of seven chapters; `dojo grade` then says how long reading, starting, grading and writing took.
"""

from __future__ import annotations

import argparse
import io
import itertools
import json
import random
import shutil
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from torchdojo.course import Chapter, Course, load_course, load_overlays
from torchdojo.course.stub import load_stub
from torchdojo.verify.hostile import ATTACKS_FILE, FOLDER, Attack, Targets, load_attacks, source_path

ROOT = Path(__file__).resolve().parent.parent
NAMES = [
    "ada",
    "bela",
    "cleo",
    "dana",
    "emil",
    "fay",
    "gus",
    "hana",
    "ivo",
    "jana",
    "kofi",
    "lena",
    "mira",
    "noor",
    "omar",
    "pia",
    "quin",
    "rosa",
    "sami",
    "tove",
]
ZIP_DATE = (2026, 3, 1, 12, 0, 0)
BROKEN = (b"def sgd_step(parameters, lr:\n", b"import torch\nx = '\xe9'\n", b"")
# The share of each kind of submission. A demonstration has more attacks than a real class.
SHARES = {"right": 0.27, "mistake": 0.33, "hostile": 0.20, "half done": 0.10, "stub": 0.05, "broken": 0.05}
ORDINARY_SHARES = {kind: share for kind, share in SHARES.items() if kind != "hostile"}
# The statuses of attacks that the sandbox stops, every time: a demonstration shows these first.
STOPPED_STATUSES = ("timeout", "memory", "crashed")
# What the attacks aim at. Each of these exists outside the sandbox, and an attack that reaches one does no harm.
TARGETS = Targets(
    folder=Path("/var/tmp"), canary=Path("/etc/passwd"), secret="root:", port=9, token="3600.0", traces=()
)


@dataclass(frozen=True)
class Sample:
    """The text of a submission. kind: one of SHARES; statuses: those that an attack's checks may have"""

    kind: str
    name: str
    source: bytes
    statuses: str = ""


def collect_samples(course: Course, chapter: Chapter, attacks: Sequence[Attack]) -> list[Sample]:
    """Return the samples of a chapter that a class is drawn from, of every kind that the course has."""
    reference, stub = course.reference_file(chapter).read_bytes(), load_stub(course, chapter).encode("utf-8")
    overlays = {kind: load_overlays(course, chapter, kind) for kind in ("accepted", "mistakes")}
    return [
        Sample("right", "reference", reference),
        *(Sample("right", f"{one.exercise}/{one.id}", one.source) for one in overlays["accepted"]),
        *(Sample("mistake", f"{one.exercise}/{one.id}", one.source) for one in overlays["mistakes"]),
        *(Sample("half done", f"{cut} cells", text) for cut, text in half_done(reference, stub)),
        Sample("stub", "stub", stub),
        *(Sample("broken", str(number), text) for number, text in enumerate(BROKEN)),
        *(
            Sample("hostile", one.id, TARGETS.fill_in(source_path(course, one).read_bytes()), " or ".join(one.status))
            for one in attacks
            if one.chapter == chapter.name
        ),
    ]


def half_done(reference: bytes, stub: bytes) -> list[tuple[int, bytes]]:
    """Return stubs whose first cells are filled in, each with the number of these cells."""
    done, todo = reference.split(b"\n# %%"), stub.split(b"\n# %%")
    assert len(done) == len(todo), "a stub has its reference's cells"
    return [(cut, b"\n# %%".join([*done[:cut], *todo[cut:]])) for cut in range(len(done) // 3, len(done))]


def draw_class(
    samples: Sequence[Sample], count: int, rng: random.Random, shares: Mapping[str, float] = SHARES
) -> list[Sample]:
    """Draw the samples of a class: each kind once, as far as `count` allows, then by their shares.

    No sample repeats before all of its kind have been drawn.
    """
    by_kind = {kind: [sample for sample in samples if sample.kind == kind] for kind in shares}
    endless = {kind: itertools.cycle(shuffled(own, rng)) for kind, own in by_kind.items() if own}
    # Adams's method of apportionment, which gives every party a seat.
    seats = [(number / shares[kind], kind) for number in range(count) for kind in endless]
    drawn = [next(endless[kind]) for _, kind in sorted(seats, key=lambda seat: seat[0])[:count]]
    return rng.sample(drawn, count)


def shuffled(samples: Sequence[Sample], rng: random.Random) -> list[Sample]:
    """Shuffle samples, but put one of each outcome first, and those that the sandbox stops before the others."""
    numbers: Counter[str] = Counter()
    order = []
    for sample in rng.sample(samples, len(samples)):
        order.append((numbers[sample.statuses], sample.statuses not in STOPPED_STATUSES, sample))
        numbers[sample.statuses] += 1
    return [sample for *_, sample in sorted(order, key=lambda entry: entry[:2])]


def notebook(source: bytes) -> bytes:
    """Convert a module in percent format to a notebook."""
    cells = []
    for cell in source.decode("utf-8", "replace").split("\n# %%"):
        head, _, text = cell.partition("\n")
        kind = "markdown" if "[markdown]" in head else "code"
        cells.append({"cell_type": kind, "metadata": {}, "source": text, **({"outputs": []} if kind == "code" else {})})
    table = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    return json.dumps(table).encode()


def make_zip(files: dict[str, bytes]) -> bytes:
    """Pack files into a zip; the same files give the same bytes."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, ZIP_DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return data.getvalue()


def as_folders(student: str, files: dict[str, bytes], rng: random.Random) -> dict[str, bytes]:
    """Return a student's files as learners submit them: some as a zip, a notebook or with an odd name."""
    form = rng.choices(["plain", "notebook", "zip", "copy", "nested", "capital"], [12, 3, 2, 1, 1, 1])[0]
    if form == "notebook":
        return {f"{student}/{name}.ipynb": notebook(text) for name, text in files.items()}
    if form == "zip":
        return {f"{student}.zip": make_zip({f"{name}.py": text for name, text in files.items()})}
    path = {"copy": "{0}/{1} (1).py", "nested": "{0}/homework/{1}.py", "capital": "{0}/{1}.PY"}.get(form, "{0}/{1}.py")
    return {path.format(student, name): text for name, text in files.items()}


def as_download(form: str, number: int, student: str, files: dict[str, bytes], late: bool) -> dict[str, bytes]:
    """Return a student's files with the names that a platform's download gives them."""
    if form == "moodle":
        return {f"{student.title()}_{1000 + number}_assignsubmission_file/{n}.py": text for n, text in files.items()}
    if form == "canvas":
        mark = "LATE_" if late else ""
        return {
            f"{student.replace('_', '')}_{mark}{1000 + number}_{9000 + 10 * number + place}_{n}.py": text
            for place, (n, text) in enumerate(files.items())
        }
    return {f"assignment_1_export/submission_{number}/{n}.py": text for n, text in files.items()}


def gradescope_metadata(students: list[str]) -> bytes:
    """Return Gradescope's submission_metadata.yml."""
    rows = [
        f"submission_{number}:\n  :submitters:\n  - :name: {student.title()}\n    :sid: '{1000 + number}'\n"
        f"    :email: {student}@example.org\n  :created_at: 2026-03-01 12:{number % 60:02}:00 Z\n"
        for number, student in enumerate(students)
    ]
    return ("---\n" + "".join(rows)).encode()


def lay_out(samples: dict[str, list[Sample]], form: str, seed: int) -> dict[str, bytes]:
    """Return the files of a class, by path.

    samples: by chapter, what each student submits; the last students submit fewer chapters
    """
    rng = random.Random(seed)
    found: dict[str, bytes] = {}
    students: list[str] = []
    for number, row in enumerate(itertools.zip_longest(*samples.values())):
        student = f"{NAMES[number % len(NAMES)]}_{number:03}"
        students.append(student)
        files = {name: sample.source for name, sample in zip(samples, row, strict=True) if sample is not None}
        if form == "folders":
            found |= as_folders(student, files, rng)
        else:
            found |= as_download(form, number, student, files, rng.random() < 0.1)
    if form == "gradescope":
        found["assignment_1_export/submission_metadata.yml"] = gradescope_metadata(students)
    return found


def with_own_comments(samples: Iterable[Sample]) -> list[Sample]:
    """Give each text a comment of its own, but not the stubs."""
    return [
        sample if sample.kind == "stub" else replace(sample, source=sample.source + f"\n# student {number}\n".encode())
        for number, sample in enumerate(samples)
    ]


def draw_samples(
    course: Course,
    chapters: Sequence[Chapter],
    attacks: Sequence[Attack],
    submissions: int,
    seed: int,
    *,
    ordinary: bool = False,
) -> dict[str, list[Sample]]:
    """Draw what the students submit, by chapter; if that does not divide evenly, the first chapters get one more.

    ordinary: without attacks, and with no two texts alike but stubs
    """
    rng = random.Random(seed)
    counts = [len(range(place, submissions, len(chapters))) for place in range(len(chapters))]
    shares = ORDINARY_SHARES if ordinary else SHARES
    drawn = {
        chapter.name: draw_class(collect_samples(course, chapter, attacks), count, rng, shares)
        for chapter, count in zip(chapters, counts, strict=True)
    }
    return {name: with_own_comments(own) for name, own in drawn.items()} if ordinary else drawn


def write_class(folder: Path, files: dict[str, bytes], form: str) -> None:
    """Write a class into a folder, replacing an older one; ValueError if the folder holds anything else."""
    marker = folder / ".made_by_make_class"
    if folder.exists():
        if not marker.exists() and any(folder.iterdir()):
            raise ValueError(f"{folder} holds something else; choose a different folder")
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    marker.write_text("")
    for name, content in files.items() if form == "folders" else [("download.zip", make_zip(files))]:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def describe(chapter: str, samples: Sequence[Sample]) -> str:
    """Return a line that counts a chapter's submissions by kind and names the attacks."""
    counts = Counter(sample.kind for sample in samples)
    words = ", ".join(f"{counts[kind]} {kind}" for kind in SHARES if counts[kind])
    attacks = sorted({sample.name for sample in samples if sample.kind == "hostile"})
    return f"   {chapter}: {words}" + (f" ({', '.join(attacks)})" if attacks else "")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--submissions", type=int, default=30)
    parser.add_argument("--chapters", nargs="+", default=["ch1_fundamentals", "ch6_optimizers"])
    parser.add_argument("--form", choices=["folders", "moodle", "canvas", "gradescope"], default="folders")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--ordinary", action="store_true")
    parser.add_argument("--course", type=Path, default=ROOT)
    options = parser.parse_args(arguments)
    course = load_course(options.course)
    if options.chapters == ["all"]:
        options.chapters = [chapter.name for chapter in course.chapters]
    unknown = [name for name in options.chapters if course.find(name) is None]
    if unknown:
        parser.error(f"the course has no chapter {', '.join(unknown)}")
    chapters = [chapter for chapter in course.chapters if chapter.name in options.chapters]
    attacks = load_attacks(course)
    samples = draw_samples(course, chapters, attacks, options.submissions, options.seed, ordinary=options.ordinary)
    try:
        write_class(options.folder, lay_out(samples, options.form, options.seed), options.form)
    except ValueError as error:
        parser.error(str(error))
    print(f" {options.submissions} submissions in {options.folder} (seed {options.seed})")
    for name, own in samples.items():
        print(describe(name, own))
        if not options.ordinary and not any(attack.chapter == name for attack in attacks):
            print(f"   {name}: no hostile submission: graders/{FOLDER}/{ATTACKS_FILE} has no attack on this chapter")


if __name__ == "__main__":
    main()
