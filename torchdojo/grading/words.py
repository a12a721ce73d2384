"""Withhold exception messages and prints that could reveal the inputs of hidden checks.

A submission may raise an exception whose message spells out its inputs. So what is shown of a message is a text of the
submission's own source, or what Python and torch are known to say; of anything else, only the exception's type. Of what
it prints during a hidden check nothing is kept.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files

from torchdojo.explain.known import library_words
from torchdojo.grading.assertion_words import NOTHING_SAID, plain_values
from torchdojo.grading.result import CheckResult, Result
from torchdojo.source.files import SourceError
from torchdojo.source.repair import parse_around_errors

RAISED = re.compile(r"(?:(?P<type>[A-Za-z_]\w*): )?(?P<message>.*)", re.DOTALL)
WITHHELD = "its words are not shown for a hidden check; run your code to see them"
VALUES_WITHHELD = "its values are not shown for a hidden check"
NAME_WITHHELD = "(its name is not shown for a hidden check)"
MAX_WORDS = 400  # characters of a message
HOLE = re.compile(r"[\w.,:()\[\]{} +-]{0,40}")  # what an f-string of a submission may have put into its text
# What the holes of known messages stand for; a name must be one that the submission or torch has.
HOLES = {
    "NUMBER": r"-?\d[\d,]{0,12}",
    "SHAPE": r"[\[(][\d, -]{0,60}[\])]",
    "NAME": r"([A-Za-z_<][\w.:<>]{0,60})",
    "PATH": r"([\w./@ -]{1,200})",
}


def withhold_words(result: Result, source: bytes | SourceError) -> Result:
    """Return a result whose messages hold no text that a submission could have made after it saw its inputs.

    source: the submission's text. Public checks, whose inputs hide nothing, keep their messages and prints
    """
    result = replace(result, checks=[check if check.public else _without_print(check) for check in result.checks])
    result = replace(result, checks=[check if check.public else _without_values(check) for check in result.checks])
    if isinstance(source, SourceError) or not any(map(_is_told, result.checks)):
        return result
    own = _OwnText(source)
    checks = [_withhold(check, own) if _is_told(check) else check for check in result.checks]
    return replace(result, checks=checks)


def _without_values(check: CheckResult) -> CheckResult:
    """Return a check whose message says little of the values that an assertion looked at."""
    finding = check.finding
    if not finding.values or not finding.got.endswith(finding.values):
        return check
    message, told = finding.got.removesuffix(finding.values).strip(), plain_values(finding.values)
    got = "\n".join(filter(None, [message, told])) or f"{NOTHING_SAID} ({VALUES_WITHHELD})"
    return replace(check, finding=replace(finding, got=got, values=told))


def _is_told(check: CheckResult) -> bool:
    return bool(check.finding.words or check.finding.name) and not check.public


def _without_print(check: CheckResult) -> CheckResult:
    return replace(check, finding=replace(check.finding, printed=""))


def _withhold(check: CheckResult, own: _OwnText) -> CheckResult:
    if check.finding.name:
        return _without_unknown_name(check, own)
    words = check.finding.words
    raised = RAISED.fullmatch(words)
    assert raised is not None  # any text is
    name = raised["type"] or ""
    name = name if own.knows(name) else "an exception"
    told = raised["message"] if _is_harmless(raised["message"], own) else f"({WITHHELD})"
    told = f"{name}: {told}" if name else told
    head = check.finding.got.removesuffix(words) if check.finding.got.endswith(words) else ""
    got = head + told
    return replace(check, finding=replace(check.finding, got=got, words=told))


def _without_unknown_name(check: CheckResult, own: _OwnText) -> CheckResult:
    """Return a check whose message has no name that a submission could have made after it saw its inputs."""
    finding = check.finding
    if re.fullmatch(r"[\w.]+", finding.name) and own.knows(finding.name):
        return check
    return replace(check, finding=replace(finding, got=finding.got.replace(finding.name, NAME_WITHHELD), name=""))


def _is_harmless(message: str, own: _OwnText) -> bool:
    text = " ".join(message.split())
    if not text or len(text) > MAX_WORDS:
        return not text
    known = (pattern.fullmatch(text) for pattern in _known_messages())
    if any(match and all(own.knows(name) for name in match.groups() if name) for match in known):
        return True
    return own.says(text)


@functools.cache
def _known_messages() -> list[re.Pattern[str]]:
    """Return the patterns of known_messages.txt."""
    lines = (files("torchdojo.grading") / "known_messages.txt").read_text(encoding="utf-8").splitlines()
    patterns = []
    for line in lines:
        if line and not line.startswith("#"):
            pattern = re.escape(line)
            for hole, expression in HOLES.items():
                pattern = pattern.replace(f"<{hole}>", expression)
            patterns.append(re.compile(pattern))
    return patterns


class _OwnText:
    """What a submission's own text says."""

    def __init__(self, source: bytes) -> None:
        parsed = parse_around_errors(source, "")
        self._words = set(re.findall(r"\w+", parsed.text))
        self._texts = list(_texts(parsed.tree))

    def knows(self, name: str) -> bool:
        """Whether each part of a dotted name is a word of the text, or one of Python's or torch's."""
        return all(part in self._words or part in library_words() for part in re.findall(r"\w+", name))

    def says(self, message: str) -> bool:
        """Whether a message is a string of the text, or was made from one whose own words are most of it."""
        likely = (parts for parts in self._texts if 2 * sum(map(len, parts)) >= len(message))
        return any(self._consists_of(message, parts) for parts in likely)

    def _consists_of(self, message: str, parts: list[str]) -> bool:
        """Whether a message is made of these parts, with a hole between any two.

        In linear time: each part is where it can be first.
        """
        end, holes = 0, []
        for index, part in enumerate(parts):
            start = message.find(part, end) if index else 0
            if start < 0 or not message.startswith(part, start):
                return False
            holes.append(message[end:start])
            end = start + len(part)
        if end < len(message) and (len(parts) == 1 or parts[-1]):
            return False
        return all(map(self._fills_a_hole, [*holes, message[end:]]))

    def _fills_a_hole(self, text: str) -> bool:
        """Whether a text is short, and holds only numbers and known names."""
        is_plain = HOLE.fullmatch(text) is not None
        return is_plain and all(word.isdecimal() or self.knows(word) for word in re.findall(r"\w+", text))


def _texts(tree: ast.AST) -> Iterator[list[str]]:
    """Yield the strings of a text with a letter in them, each in the parts between its holes."""
    for node in ast.walk(tree):
        parts: list[str] = []
        if isinstance(node, ast.JoinedStr):
            pieces = (str(value.value) if isinstance(value, ast.Constant) else "\0" for value in node.values)
            parts = "".join(pieces).split("\0")
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            parts = re.split(r"%[\w.]+|\{[^{}]*\}", node.value)
        flat = [re.sub(r"\s+", " ", part) for part in parts]
        if any(character.isalpha() for part in flat for character in part):
            yield flat
