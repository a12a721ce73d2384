"""Decide what is still to do from what was run: a check that does not pass where a `...` was reached."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field, replace

from torchdojo.course import Chapter
from torchdojo.grading.chapter_run import ChapterRun
from torchdojo.grading.failure import Finding
from torchdojo.grading.result import CheckResult, rests_on_unfinished
from torchdojo.grading.status import CheckStatus
from torchdojo.source.placeholders import describe_unfinished, find_placeholders, only_placeholder
from torchdojo.worker.protocol import Reply

UNFINISHED = {CheckStatus.FAILED, CheckStatus.ERROR}  # what a `...` can be the reason for


def mark_unfinished(chapter: Chapter, whole: ChapterRun) -> None:
    """Turn the checks of each exercise that is still to do into "todo".

    That is one with a check that does not pass although it reached a placeholder, in the exercise's own definition or
    in a helper. A `...` with code after it in its block may be left over from the stub: it counts only where no check
    passes. A placeholder in another exercise's definition is named first.
    """
    places = _find_places(chapter, whole)
    owners = places.owners
    for exercise in chapter.exercises:
        own = {node: result for node, result in whole.results.items() if result.exercise.name == exercise.name}
        passes = any(result.status is CheckStatus.PASSED for result in own.values())
        lines: list[int] = []
        for node, result in own.items():
            run = whole.runs.get(node)
            if result.status is CheckStatus.TIMEOUT:
                lines += (line for line in places.endless if owners.get(line) == exercise.name)
            if run is None or result.status not in UNFINISHED:
                continue
            replies = [exchange.reply for exchange in run.exchanges]
            named = _named_in(replies[-1:])
            reached = {line for reply in replies for line in reply.reached if line in owners}
            reached |= {places.classes[name] for name in named & places.classes.keys()}
            lines += (n for n in reached if owners[n] in ("", exercise.name) and not (passes and n in places.left_over))
            say_unfinished(result, sorted({owners[line] for line in reached} - {"", exercise.name}))
        if lines:
            first = min(lines, key=lambda line: (owners[line] != exercise.name, line))
            for result in own.values():
                if result.status is not CheckStatus.GRADER_ERROR:
                    result.status, result.earned = CheckStatus.TODO, 0.0
                    result.finding = Finding(line=first, text="...")


@dataclass
class _Places:
    """The lines of a text's placeholders.

    owners: the exercise whose definition holds one, by its line, "" for a helper; left_over: with code after them
    classes: of classes that consist of one, by name: nothing of them is run, and using them raises
    endless: of `while` loops that consist of one: they never end, so nothing is reported
    """

    owners: dict[int, str] = field(default_factory=dict)
    left_over: set[int] = field(default_factory=set)
    classes: dict[str, int] = field(default_factory=dict)
    endless: list[int] = field(default_factory=list)


def _find_places(chapter: Chapter, whole: ChapterRun) -> _Places:
    exercises = {exercise.name for exercise in chapter.exercises}
    places = _Places()
    for statement in whole.submission.parsed.statements:
        name = next((name for name in sorted(statement.defines) if name in exercises), "")
        for found in find_placeholders(statement.node):
            places.owners[found.value.lineno] = name
            if found.is_left_over:
                places.left_over.add(found.value.lineno)
        for node, _ in statement.walked:
            line = only_placeholder(node) if isinstance(node, ast.ClassDef | ast.While) else None
            if line is not None and isinstance(node, ast.ClassDef):
                places.classes[node.name], places.owners[line] = line, name
            elif line is not None:
                places.endless.append(line)
    return places


def _named_in(replies: list[Reply]) -> set[str]:
    """Return the words of exceptions' messages."""
    return {word for reply in replies if not reply.is_ok for word in re.findall(r"\w+", reply.message)}


def say_unfinished(result: CheckResult, others: list[str]) -> None:
    """Say first of a check that it uses other exercises that are still to do: what else it says may be due to them."""
    if not others or rests_on_unfinished(result):
        return
    uses = describe_unfinished(result.exercise.name, others)
    finding = result.finding
    result.finding = replace(finding, got=f"{uses}\n{finding.got}".strip(), advice="")
