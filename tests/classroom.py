"""A class to look at: seeded submissions made from references, named mistakes and stubs, some of them copied."""

from __future__ import annotations

import ast
import random
import re
from pathlib import Path

from torchdojo.course import Chapter, Course, load_overlays
from torchdojo.course.source import definitions, span

NAMES = [
    "ada",
    "bao",
    "carla",
    "dmitri",
    "ebele",
    "farid",
    "greta",
    "hiro",
    "ines",
    "jonas",
    "kemal",
    "lucia",
    "mateo",
    "nadia",
    "oluwaseun",
    "priya",
    "quentin",
    "rosa",
    "sven",
    "tariq",
    "uma",
    "viktor",
    "wanjiru",
    "ximena",
    "yusuf",
    "zofia",
    "aylin",
    "boris",
    "chen",
    "diego",
    "elif",
    "fatima",
    "gustav",
    "hana",
    "ivan",
    "jana",
    "karim",
    "leila",
    "milan",
    "noor",
]


def write_class(course: Course, folder: Path, *, students: int, chapters: list[str], seed: int = 0) -> None:
    """Write a folder of submissions, the same for the same seed."""
    draw = random.Random(seed)
    names = [f"{NAMES[i % len(NAMES)]}{i // len(NAMES) or ''}" for i in range(students)]
    for chapter in [c for c in course.chapter if c.name in chapters]:
        mistakes: dict[str, list[bytes]] = {}
        for overlay in load_overlays(course, chapter, "mistakes"):
            mistakes.setdefault(overlay.exercise, []).append(overlay.source)
        previous = ""
        for index, name in enumerate(names):
            if draw.random() < 0.06:
                continue
            skill = 1 - index / len(names)
            text = _submission(course, chapter, mistakes, draw, skill)
            if previous and draw.random() < 0.06:
                text = _renamed(previous)
            if draw.random() < 0.03:
                text = text.replace("def ", "def (", 1)
            elif draw.random() < 0.03:
                text += "\nwhile True:\n    pass\n"
            place = folder / name
            place.mkdir(parents=True, exist_ok=True)
            (place / f"{chapter.name}.py").write_text(text, encoding="utf-8")
            previous = text


def _submission(
    course: Course, chapter: Chapter, mistakes: dict[str, list[bytes]], draw: random.Random, skill: float
) -> str:
    """Return a stub with exercises filled in: rightly, with a named mistake, or not at all."""
    stub = course.exercises(chapter).read_text(encoding="utf-8")
    reference = course.reference(chapter).read_bytes()
    lines = stub.splitlines()
    for exercise in reversed(chapter.exercise):
        dice = draw.random()
        if dice > 0.45 + 0.6 * skill:
            continue
        source = reference
        if mistakes.get(exercise.name) and draw.random() > 0.25 + 0.7 * skill:
            source = draw.choice(mistakes[exercise.name])
        lines = _put(lines, exercise.name, source, draw)
    return "\n".join(lines) + "\n"


def _put(lines: list[str], name: str, source: bytes, draw: random.Random) -> list[str]:
    found = definitions(source).get(name)
    here = definitions("\n".join(lines).encode()).get(name)
    if found is None or here is None:
        return lines
    first, last = span(found)
    text = [row for row in source.decode().splitlines()[first - 1 : last] if "SOLUTION" not in row]
    body = ast.get_docstring(found)
    if draw.random() < 0.5 and body:
        text.append(f"    # {draw.choice(['done', 'checked this twice', 'took me an hour', 'see the lecture'])}")
    first, last = span(here)
    return lines[: first - 1] + text + lines[last:]


def _renamed(text: str) -> str:
    """Return a copy as someone would hide it: every comment is another one."""
    return re.sub(r"#(?! ?%%).*", "# all my own work", text)
