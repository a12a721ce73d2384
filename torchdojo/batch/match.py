"""Find the chapter that a file's name means, in spite of what browsers and people add to names."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from torchdojo.course import Chapter, Course

SUFFIXES = (".py", ".ipynb")
MAX_NAME_CHARACTERS = 200
# What browsers, systems and people put around a name: `x (1).py`, `x - Copy (2).py`, `Copy of x.py`, `x_final.py`.
DECORATED_NAME = re.compile(
    r"(?:copy of )?(?P<stem>.*?)"
    r"(?:[\s_-]*\(\d+\)|[\s_-]+copy(?:[\s_-]*\(?\d+\)?)?|[\s_-]\d+|[\s_-]+(?:final|solution|submission))*"
)


def match_chapter(course: Course, name: str) -> tuple[Chapter, bool] | None:
    """Return the chapter that a file's name means, and whether it is the exact name; None if it means none."""
    path = PurePosixPath(name)
    exact = course.find(path.stem) if path.suffix in SUFFIXES else None
    if exact:
        return exact, True
    stem, suffix = _split(name)
    if suffix not in SUFFIXES or len(name) > MAX_NAME_CHARACTERS:
        return None
    decorated = DECORATED_NAME.fullmatch(stem)
    wanted = re.sub(r"[\s-]+", "_", decorated["stem"].strip()) if decorated else ""
    for chapter in course.chapters:
        if chapter.name.casefold() in (wanted, stem):
            return chapter, False
    return None


def normalized_suffix(name: str) -> str:
    """Return the suffix that a file's name means, in lower case: ".py" for `X.PY` and `x.py (1)`."""
    return _split(name)[1]


def _split(name: str) -> tuple[str, str]:
    """Return stem and suffix in lower case; `X.PY`, `x.py.txt`, `x.py.py` and `x.py (1)` all mean x.py."""
    text = name.casefold().strip()
    inner = re.fullmatch(r"(.*\.(?:py|ipynb))\s*\(\d+\)", text)
    text = inner[1] if inner else text
    text = text.removesuffix(".txt") if text.endswith((".py.txt", ".ipynb.txt")) else text
    stem, dot, suffix = text.rpartition(".")
    while stem.endswith(f"{dot}{suffix}") and dot:
        stem = stem.removesuffix(f"{dot}{suffix}")
    return stem.strip(), f"{dot}{suffix}"
