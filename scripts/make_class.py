"""Make a class of submissions, as a term brings them: right, wrong, half done, broken, hostile, in several forms.

    python scripts/make_class.py FOLDER [--submissions 30] [--chapters ch1_fundamentals …] [--form folders] [--seed 0]

Everything is drawn from the seed: the same arguments give the same bytes. The texts are the course's own: references,
accepted answers, named mistakes, stubs, and what graders/hostile holds. --form is "folders" (and zips and notebooks,
with slips in some names), or the download of "moodle", "canvas" or "gradescope", then as FOLDER/download.zip.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import shutil
import zipfile
from pathlib import Path

from torchdojo.course import Chapter, Course, load_course, load_overlays

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
# How a class is made up; the share of each kind.
KINDS = {"right": 0.30, "mistakes": 0.40, "half": 0.15, "stub": 0.08, "broken": 0.03, "hostile": 0.04}


class Texts:
    """A chapter's texts to choose from."""

    def __init__(self, course: Course, chapter: Chapter) -> None:
        self.stub = course.exercises(chapter).read_bytes()
        self.reference = course.reference(chapter).read_bytes()
        self.right = [self.reference, *(one.source for one in load_overlays(course, chapter, "accepted"))]
        self.mistakes = [one.source for one in load_overlays(course, chapter, "mistakes")] or self.right
        hostile = course.root / "graders/hostile"
        self.hostile = [path.read_bytes() for path in sorted(hostile.rglob(f"*{chapter.name}*.py"))] or list(BROKEN)

    def draw(self, chance: random.Random) -> bytes:
        """Return one submission's text."""
        kind = chance.choices(list(KINDS), list(KINDS.values()))[0]
        if kind == "half":
            return self._half(chance)
        choices = {"stub": [self.stub], "broken": list(BROKEN)}.get(kind) or getattr(self, kind)
        return chance.choice(choices)

    def _half(self, chance: random.Random) -> bytes:
        """Return the stub with the first exercises filled in: cells of the reference, then cells of the stub."""
        done, todo = self.reference.split(b"\n# %%"), self.stub.split(b"\n# %%")
        if len(done) != len(todo):
            return self.stub
        cut = chance.randrange(len(done) // 3, len(done))
        return b"\n# %%".join([*done[:cut], *todo[cut:]])


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


def make_class(course: Course, chapters: list[Chapter], submissions: int, form: str, seed: int) -> dict[str, bytes]:
    """Return the files of a class, by path."""
    chance = random.Random(seed)
    texts = {chapter.name: Texts(course, chapter) for chapter in chapters}
    found: dict[str, bytes] = {}
    students: list[str] = []
    left = submissions
    while left:
        number = len(students)
        student = f"{NAMES[number % len(NAMES)]}_{number:03}"
        students.append(student)
        chosen = chapters[: min(left, len(chapters))]
        left -= len(chosen)
        files = {chapter.name: texts[chapter.name].draw(chance) for chapter in chosen}
        if form == "folders":
            found |= as_folders(student, files, chance)
        else:
            found |= as_download(form, number, student, files, chance.random() < 0.1)
    if form == "gradescope":
        found["assignment_1_export/submission_metadata.yml"] = metadata(students)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--submissions", type=int, default=30)
    parser.add_argument("--chapters", nargs="+", default=["ch1_fundamentals", "ch6_optimizers"])
    parser.add_argument("--form", choices=["folders", "moodle", "canvas", "gradescope"], default="folders")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--course", type=Path, default=ROOT)
    options = parser.parse_args()
    course = load_course(options.course)
    chapters = [chapter for chapter in course.chapter if chapter.name in options.chapters]
    if not chapters:
        parser.error(f"the course has none of {options.chapters}")
    files = make_class(course, chapters, options.submissions, options.form, options.seed)
    if options.folder.exists():
        marker = options.folder / ".made_by_make_class"
        if not marker.exists() and any(options.folder.iterdir()):
            parser.error(f"{options.folder} holds something else; name another folder")
        shutil.rmtree(options.folder)
    options.folder.mkdir(parents=True)
    (options.folder / ".made_by_make_class").write_text("")
    if options.form != "folders":
        (options.folder / "download.zip").write_bytes(zipped(files))
    else:
        for name, content in files.items():
            path = options.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    names = ", ".join(chapter.name for chapter in chapters)
    print(f" {options.submissions} submissions of {names} in {options.folder} (seed {options.seed})")


if __name__ == "__main__":
    main()
