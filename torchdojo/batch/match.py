"""Which chapter a file is of, by its name, and through the slips that learners and their browsers make."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from torchdojo.course import Chapter, Course

SUFFIXES = (".py", ".ipynb")
LONGEST = 200  # characters of a name that is looked at
# What browsers, systems and people put around a name: `x (1).py`, `x - Copy (2).py`, `Copy of x.py`, `x_final.py`.
AROUND = re.compile(
    r"(?:copy of )?(?P<stem>.*?)"
    r"(?:[\s_-]*\(\d+\)|[\s_-]+copy(?:[\s_-]*\(?\d+\)?)?|[\s_-]\d+|[\s_-]+(?:final|solution|submission))*"
)


def match_name(course: Course, name: str) -> tuple[Chapter, bool] | None:
    """Return the chapter a file's name means, and whether it is exactly that name; None if it means none."""
    path = PurePosixPath(name)
    exact = course.find(path.stem) if path.suffix in SUFFIXES else None
    if exact:
        return exact, True
    stem, suffix = _split(name)
    if suffix not in SUFFIXES or len(name) > LONGEST:
        return None
    near = AROUND.fullmatch(stem)
    wanted = re.sub(r"[\s-]+", "_", near["stem"].strip()) if near else ""
    for chapter in course.chapters:
        if chapter.name.casefold() in (wanted, stem):
            return chapter, False
    return None


def suffix_of(name: str) -> str:
    """Return what a file is by its name, ".py" or another suffix, in small letters and through the same slips."""
    return _split(name)[1]


def _split(name: str) -> tuple[str, str]:
    """Return stem and suffix in small letters: `X.PY`, `x.py.txt` and `x.py.py` mean x.py, `x.py (1)` too."""
    text = name.casefold().strip()
    inner = re.fullmatch(r"(.*\.(?:py|ipynb))\s*\(\d+\)", text)
    text = inner[1] if inner else text
    text = text.removesuffix(".txt") if text.endswith((".py.txt", ".ipynb.txt")) else text
    stem, dot, suffix = text.rpartition(".")
    while stem.endswith(f"{dot}{suffix}") and dot:
        stem = stem.removesuffix(f"{dot}{suffix}")
    return stem.strip(), f"{dot}{suffix}"
