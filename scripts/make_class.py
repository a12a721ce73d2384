"""Make a class of submissions, as a term brings them: right, wrong, half done, broken, hostile, in several forms.

    python scripts/make_class.py FOLDER [--submissions 30] [--chapters ch1_fundamentals …] [--form folders] [--seed 0]

Everything is drawn from the seed: the same arguments give the same bytes. The texts are the course's own: references,
accepted answers, named mistakes, stubs, and the attacks in graders/hostile. --form is "folders" (with zips, notebooks
and slips in some names), or the download of "moodle", "canvas" or "gradescope", then as FOLDER/download.zip.
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
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from torchdojo.authoring import pristine
from torchdojo.course import Chapter, Course, load_course, load_overlays
from torchdojo.verify.hostile import FOLDER, TABLE, Attack, Scene, load_attacks, source_path

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
WHEN = (2026, 3, 1, 12, 0, 0)
BROKEN = (b"def sgd_step(parameters, lr:\n", b"import torch\nx = '\xe9'\n", b"")
# How a class is made up: the share of each kind. A demonstration has more attacks than a term.
KINDS = {"right": 0.27, "mistake": 0.33, "hostile": 0.20, "half done": 0.10, "stub": 0.05, "broken": 0.05}
# How attacks end that are stopped, and surely end so: a demonstration shows these first.
STOPPED = ("timeout", "memory", "crashed")
# What attacks aim at here. Outside the sandbox each of these is there, and nothing is lost if an attack reaches it.
TARGETS = Scene(folder=Path("/var/tmp"), canary=Path("/etc/passwd"), secret="root:", port=9, token="3600.0", marks=())


@dataclass(frozen=True)
class Text:
    """One submission's text. kind, name: what it is; ends: the statuses that an attack's checks may have"""

    kind: str
    name: str
    source: bytes
    ends: str = ""


def texts_of(course: Course, chapter: Chapter, attacks: Sequence[Attack]) -> list[Text]:
    """Return all that a chapter's submissions are drawn from. A kind that the course has nothing of is missing."""
    reference, stub = course.reference_file(chapter).read_bytes(), pristine(course, chapter).encode("utf-8")
    overlays = {kind: load_overlays(course, chapter, kind) for kind in ("accepted", "mistakes")}
    return [
        Text("right", "reference", reference),
        *(Text("right", f"{one.exercise}/{one.id}", one.source) for one in overlays["accepted"]),
        *(Text("mistake", f"{one.exercise}/{one.id}", one.source) for one in overlays["mistakes"]),
        *(Text("half done", f"{cut} cells", text) for cut, text in half_done(reference, stub)),
        Text("stub", "stub", stub),
        *(Text("broken", str(number), text) for number, text in enumerate(BROKEN)),
        *(
            Text("hostile", one.id, TARGETS.fill(source_path(course, one).read_bytes()), " or ".join(one.status))
            for one in attacks
            if one.chapter == chapter.name
        ),
    ]


def half_done(reference: bytes, stub: bytes) -> list[tuple[int, bytes]]:
    """Return stubs with so many cells filled in: cells of the reference, then cells of the stub."""
    done, todo = reference.split(b"\n# %%"), stub.split(b"\n# %%")
    assert len(done) == len(todo), "a stub has its reference's cells"
    return [(cut, b"\n# %%".join([*done[:cut], *todo[cut:]])) for cut in range(len(done) // 3, len(done))]


def draw(texts: Sequence[Text], count: int, chance: random.Random) -> list[Text]:
    """Return the texts of a class: each kind once, as far as that goes, and then by their shares.

    No text comes twice before all of its kind have come.
    """
    by_kind = {kind: [text for text in texts if text.kind == kind] for kind in KINDS}
    endless = {kind: itertools.cycle(mixed(own, chance)) for kind, own in by_kind.items() if own}
    # Adams's way of sharing out seats, which leaves no party without one.
    seats = [(number / KINDS[kind], kind) for number in range(count) for kind in endless]
    drawn = [next(endless[kind]) for _, kind in sorted(seats, key=lambda seat: seat[0])[:count]]
    return chance.sample(drawn, count)


def mixed(texts: Sequence[Text], chance: random.Random) -> list[Text]:
    """Return texts shuffled, but first one of each end, those that are stopped before the others."""
    numbers: Counter[str] = Counter()
    order = []
    for text in chance.sample(texts, len(texts)):
        order.append((numbers[text.ends], text.ends not in STOPPED, text))
        numbers[text.ends] += 1
    return [text for *_, text in sorted(order, key=lambda entry: entry[:2])]


def notebook(source: bytes) -> bytes:
    """Return a module's text as a notebook, a cell for each of its own."""
    cells = []
    for cell in source.decode("utf-8", "replace").split("\n# %%"):
        head, _, text = cell.partition("\n")
        kind = "markdown" if "[markdown]" in head else "code"
        cells.append({"cell_type": kind, "metadata": {}, "source": text, **({"outputs": []} if kind == "code" else {})})
    table = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    return json.dumps(table).encode()


def zipped(files: dict[str, bytes]) -> bytes:
    """Return a zip of files, the same bytes for the same files."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, WHEN)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return data.getvalue()


def as_folders(student: str, files: dict[str, bytes], chance: random.Random) -> dict[str, bytes]:
    """Return a student's files as learners hand them in: mostly well, some with a slip, some as a zip or a notebook."""
    form = chance.choices(["plain", "notebook", "zip", "copy", "nested", "capital"], [12, 3, 2, 1, 1, 1])[0]
    if form == "notebook":
        return {f"{student}/{name}.ipynb": notebook(text) for name, text in files.items()}
    if form == "zip":
        return {f"{student}.zip": zipped({f"{name}.py": text for name, text in files.items()})}
    path = {"copy": "{0}/{1} (1).py", "nested": "{0}/homework/{1}.py", "capital": "{0}/{1}.PY"}.get(form, "{0}/{1}.py")
    return {path.format(student, name): text for name, text in files.items()}


def as_download(form: str, number: int, student: str, files: dict[str, bytes], late: bool) -> dict[str, bytes]:
    """Return a student's files as a platform's download names them."""
    if form == "moodle":
        return {f"{student.title()}_{1000 + number}_assignsubmission_file/{n}.py": text for n, text in files.items()}
    if form == "canvas":
        mark = "LATE_" if late else ""
        return {
            f"{student.replace('_', '')}_{mark}{1000 + number}_{9000 + 10 * number + place}_{n}.py": text
            for place, (n, text) in enumerate(files.items())
        }
    return {f"assignment_1_export/submission_{number}/{n}.py": text for n, text in files.items()}


def metadata(students: list[str]) -> bytes:
    """Return Gradescope's submission_metadata.yml."""
    rows = [
        f"submission_{number}:\n  :submitters:\n  - :name: {student.title()}\n    :sid: '{1000 + number}'\n"
        f"    :email: {student}@example.org\n  :created_at: 2026-03-01 12:{number % 60:02}:00 Z\n"
        for number, student in enumerate(students)
    ]
    return ("---\n" + "".join(rows)).encode()


def make_class(texts: dict[str, list[Text]], form: str, seed: int) -> dict[str, bytes]:
    """Return the files of a class, by path.

    texts: by chapter, what each student hands in; the last students hand in fewer chapters
    """
    chance = random.Random(seed)
    found: dict[str, bytes] = {}
    students: list[str] = []
    for number, row in enumerate(itertools.zip_longest(*texts.values())):
        student = f"{NAMES[number % len(NAMES)]}_{number:03}"
        students.append(student)
        files = {name: text.source for name, text in zip(texts, row, strict=True) if text is not None}
        if form == "folders":
            found |= as_folders(student, files, chance)
        else:
            found |= as_download(form, number, student, files, chance.random() < 0.1)
    if form == "gradescope":
        found["assignment_1_export/submission_metadata.yml"] = metadata(students)
    return found


def texts_for(
    course: Course, chapters: Sequence[Chapter], attacks: Sequence[Attack], submissions: int, seed: int
) -> dict[str, list[Text]]:
    """Return what the students hand in, by chapter. Where the chapters do not share evenly, the first have one more."""
    chance = random.Random(seed)
    counts = [len(range(place, submissions, len(chapters))) for place in range(len(chapters))]
    return {
        chapter.name: draw(texts_of(course, chapter, attacks), count, chance)
        for chapter, count in zip(chapters, counts, strict=True)
    }


def write_class(folder: Path, files: dict[str, bytes], form: str) -> None:
    """Write a class into a folder, in the place of an older one; ValueError if the folder holds something else."""
    marker = folder / ".made_by_make_class"
    if folder.exists():
        if not marker.exists() and any(folder.iterdir()):
            raise ValueError(f"{folder} holds something else; name another folder")
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    marker.write_text("")
    for name, content in files.items() if form == "folders" else [("download.zip", zipped(files))]:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def told(chapter: str, texts: Sequence[Text]) -> str:
    """Return in one line what a chapter's submissions are, the attacks by their names."""
    counts = Counter(text.kind for text in texts)
    words = ", ".join(f"{counts[kind]} {kind}" for kind in KINDS if counts[kind])
    attacks = sorted({text.name for text in texts if text.kind == "hostile"})
    return f"   {chapter}: {words}" + (f" ({', '.join(attacks)})" if attacks else "")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--submissions", type=int, default=30)
    parser.add_argument("--chapters", nargs="+", default=["ch1_fundamentals", "ch6_optimizers"])
    parser.add_argument("--form", choices=["folders", "moodle", "canvas", "gradescope"], default="folders")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--course", type=Path, default=ROOT)
    options = parser.parse_args(arguments)
    course = load_course(options.course)
    unknown = [name for name in options.chapters if course.find(name) is None]
    if unknown:
        parser.error(f"the course has no chapter {', '.join(unknown)}")
    chapters = [chapter for chapter in course.chapters if chapter.name in options.chapters]
    attacks = load_attacks(course)
    texts = texts_for(course, chapters, attacks, options.submissions, options.seed)
    try:
        write_class(options.folder, make_class(texts, options.form, options.seed), options.form)
    except ValueError as error:
        parser.error(str(error))
    print(f" {options.submissions} submissions in {options.folder} (seed {options.seed})")
    for name, own in texts.items():
        print(told(name, own))
        if not any(attack.chapter == name for attack in attacks):
            print(f"   {name}: none is hostile, because graders/{FOLDER}/{TABLE} has no attack on it")


if __name__ == "__main__":
    main()
