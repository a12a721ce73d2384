"""Write the page of the messages that the known mistakes get, for a person to read from top to bottom."""

from __future__ import annotations

from collections.abc import Iterable

from torchdojo.verify.counts import ChapterCounts

MESSAGES = "messages.md"
HEAD = """\
# What the known mistakes are told

Written by `make verify`; do not edit. Each mistake is followed by what a learner is told to fix first, as the
screen shows it. To renew a part of this page, run `dojo verify --mistakes-only --messages FILE CHAPTER`.
"""


def render_messages(chapters: Iterable[ChapterCounts]) -> str:
    """Return the page: by chapter and exercise, every mistake's title and message."""
    parts = [HEAD]
    for counts in chapters:
        parts.append(f"## {counts.chapter.name}\n")
        for exercise in counts.chapter.graded_exercises:
            messages = counts.exercises[exercise.name].messages if exercise.name in counts.exercises else {}
            if messages:
                parts.append(f"### {exercise.name}\n")
            parts += [messages[id] for id in sorted(messages)]
    return "\n".join(parts)
