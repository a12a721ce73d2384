"""Where checks, known mistakes and sentences are in a course, as `file:line` below its root, for its author."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from torchdojo.course import Chapter, Course, parse_course_file
from torchdojo.grading.result import CheckResult
from torchdojo.source.names import Definition

Places = Mapping[str, str]  # of checks, by "exercise/check"


def place(course: Course, path: Path, line: int) -> str:
    """Return a line of one of the course's files as it is shown."""
    return f"{path.relative_to(course.root).as_posix()}:{line}"


def find_check_places(course: Course, chapter: Chapter, checks: Mapping[str, CheckResult]) -> dict[str, str]:
    """Return where each check is defined. checks: by pytest's id"""
    folder = course.graders_folder(chapter)
    trees = cache(lambda name: parse_course_file(folder / name).tree)
    found: dict[str, str] = {}
    for node, check in checks.items():
        name, *path = node.partition("[")[0].split("::")
        found[f"{check.exercise.name}/{check.check}"] = place(course, folder / name, _line_of(trees(name), path))
    return found


def _line_of(tree: ast.Module, path: Sequence[str]) -> int:
    """Return the line of the function at the end of a path of names; 1 if it is not defined in the file itself."""
    body, line = tree.body, 1
    for name in path:
        node = next((node for node in body if isinstance(node, Definition) and node.name == name), None)
        if node is None:
            return line
        body, line = node.body, node.lineno
    return line


def line_of_words(lines: Sequence[str], words: str, start: int) -> int:
    """Return the first line, from `start` on, that begins these words of a docstring; `start` if none does."""
    text = "\n".join(lines[start - 1 :])
    match = re.search(r"\s+".join(map(re.escape, words.split())), text)
    return start if match is None else start + text.count("\n", 0, match.start())
