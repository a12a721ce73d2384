"""What a submission may import in grading, and what it imports beyond that."""

from __future__ import annotations

import ast
import sys

from torchdojo.source.files import ParsedSource
from torchdojo.source.names import Import

# What grading has for submissions, beside the standard library. More may be installed, but need not stay so.
PROVIDED = frozenset({"torch", "torchvision", "numpy", "PIL", "matplotlib", "tqdm"})


def missing_in_grading(source: ParsedSource) -> dict[str, int]:
    """Return what a text imports that grading does not provide, each with the line of its first import.

    An import that the text itself does without, in a `try` with an `except`, does not count.
    """
    missing: dict[str, int] = {}
    for statement in source.statements:
        nodes = [node for node, _ in statement.walked]
        tried = [below for node in nodes if isinstance(node, ast.Try) and node.handlers for below in node.body]
        guarded = {id(below) for node in tried for below in ast.walk(node)}
        for node in nodes:
            if isinstance(node, Import) and id(node) not in guarded:
                for name in _imported(node):
                    if name not in PROVIDED and name not in sys.stdlib_module_names:
                        missing[name] = min(node.lineno, missing.get(name, node.lineno))
    return missing


def _imported(node: Import) -> list[str]:
    """Return the packages or, of a relative import, the files that a node imports."""
    if isinstance(node, ast.Import):
        return [alias.name.split(".")[0] for alias in node.names]
    if node.level and not node.module:
        return [alias.name for alias in node.names]
    return [(node.module or "").split(".")[0]]


def describe_missing(name: str, line: int) -> str:
    """Return the warning about an import that grading does not provide."""
    return f"Grading has no {name} (line {line}): what uses it will fail there."
