"""The submissions that every way of grading gets: a seeded mix, as a class hands in."""

from __future__ import annotations

import random

from torchdojo.course import Chapter, Course, load_overlays
from torchdojo.course.stub import load_stub

# Shares of a class; the rest are mistakes.
REFERENCE_SHARE, ACCEPTED_SHARE, STUB_SHARE = 0.2, 0.25, 0.1
MARKERS = ("### BEGIN SOLUTION", "### END SOLUTION")


def draw_submissions(course: Course, chapter: Chapter, count: int, seed: int = 0) -> list[tuple[str, bytes]]:
    """Draw `count` submissions as (name, text): references, other right answers, known mistakes, stubs.

    Only the reference and the stub repeat, as long as there are enough answers, and every text has its own comment, so
    that caching a text gains nothing.
    """
    chance = random.Random(seed)
    reference = course.reference_file(chapter).read_bytes()
    stub = load_stub(course, chapter).encode("utf-8")
    accepted = [(f"accepted {one.exercise}/{one.id}", one.source) for one in load_overlays(course, chapter, "accepted")]
    mistakes = [(f"mistake {one.exercise}/{one.id}", one.source) for one in load_overlays(course, chapter, "mistakes")]
    right = max(1, round(count * REFERENCE_SHARE))
    others = min(len(accepted), round(count * ACCEPTED_SHARE))
    stubs = max(1, round(count * STUB_SHARE))
    wrong = count - right - others - stubs
    found = [("reference", reference)] * right + [("stub", stub)] * stubs + chance.sample(accepted, others)
    found += [mistakes[i % len(mistakes)] for i in chance.sample(range(max(wrong, len(mistakes))), wrong)]
    chance.shuffle(found)
    return [(name, _make_unique(text, number)) for number, (name, text) in enumerate(found)]


def student_names(count: int) -> list[str]:
    """Return `count` names of students in alphabetical order."""
    return [f"student{number:04}" for number in range(count)]


def _make_unique(text: bytes, number: int) -> bytes:
    """Return a text without solution markers and with a comment that no other submission has."""
    lines = [line for line in text.decode("utf-8").splitlines() if line.strip() not in MARKERS]
    return ("\n".join(lines) + f"\n# submission {number}\n").encode("utf-8")
