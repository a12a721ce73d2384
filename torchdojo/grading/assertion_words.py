"""What a check says by an assertion that failed, short enough for a learner to read."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

from torchdojo.grading.check_module import PREFIX

MAX_LINES = 12
MAX_LINE = 200  # characters
MAX_ARRAY = 60  # characters of what torch or numpy prints of one
MAX_NUMBERS = 8  # in what is shown of a hidden check's values
MAX_DIGITS = 6  # of one of those before its point

NOTHING_SAID = "the condition does not hold"
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
# A function or method as Python prints it, with the object that it is of.
CALLABLE = re.compile(
    r"<(?:built-in |bound )?(?:method|function) (?:\w+\.|<locals>\.)*(\w+)(?: of .*?)? at 0x[0-9a-f]+>+"
)
ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
ARRAY = re.compile(r"\b(?:tensor|array|Parameter containing:\s*tensor)\(")
# Lines that add nothing: pytest's advice to its user, who is not the learner; what a function or a method is called.
IDLE = re.compile(
    r"\s*(?:\.{3})?(?:Use -v to get .*|\.{3}Full output truncated.*|comparison failed"
    r"|\+\s+(?:where|and) (\w+) = .*\b\1)?"
)
EXAMPLE = re.compile(r"(?:Falsifying example|Failing test case|Falsifying explicit example): \w+\(")
# What is shown of a hidden check: lines that hold only a few numbers and shapes, and words of pytest, torch and numpy.
KNOWN_WORD = re.compile(
    r"\b(?:assert|where|and|or|not|in|is|len|sum|min|max|abs|item|all|any|equal|shape|size|dim|dtype|True|False|None"
    r"|nan|inf|torch\.Size|torch\.(?:float|int|uint|complex)\d+|torch\.bool|Tensor-likes|Scalars|are|close|Mismatched"
    r"|elements?|Greatest|Max|absolute|relative|difference|at|index|up|to|allowed|among|violations|Not|tolerance|rtol"
    r"|atol|shapes|Expected|Obtained|but|got|The|values?|for|attribute|do|match|mismatch)\b"
)
NUMBER = re.compile(r"(?<![\w.])[-+]?(\d+)(?:\.\d*)?(?:e[-+]?\d+)?(?!\w)")
SIGNS = re.compile(r"[\s()\[\],.:;=<>!*/%±'+-]*")


class Words(NamedTuple):
    """What an assertion says: its author's message, and what is added to it about values; either may be empty."""

    message: str
    values: str


def words_of(error: BaseException, fixtures: Collection[str] = ()) -> Words:
    """Return what an exception such as AssertionError says; of a group, what the first one does.

    fixtures: the arguments to leave out of an example that hypothesis found
    """
    if isinstance(error, BaseExceptionGroup):
        return words_of(error.exceptions[0], fixtures)
    message, values = _split(error)
    notes: list[str] = getattr(error, "__notes__", [])
    examples = (_example(note, fixtures) for note in notes)
    told = Words(_bounded(message), _bounded("\n".join(filter(None, [_tidy(values), *examples]))))
    return told if any(told) else Words(NOTHING_SAID, "")


def plain_values(values: str) -> str:
    """Return the first lines about values so far as they hold nothing but a few numbers, shapes and known words.

    What a submission returned may spell out a hidden check's inputs: no text, list or tensor gets through.
    """
    told: list[str] = []
    count = 0
    for line in values.splitlines():
        numbers = NUMBER.findall(line)
        count += len(numbers)
        rest = NUMBER.sub("", KNOWN_WORD.sub("", line))
        if count > MAX_NUMBERS or any(len(n) > MAX_DIGITS for n in numbers) or not SIGNS.fullmatch(rest):
            break
        told.append(line)
    return "\n".join(told)


def _split(error: BaseException) -> tuple[str, str]:
    """Return what an exception's author wrote, and what pytest's rewriting of assert, or a library, says of values."""
    text = ANSI.sub("", str(error)).strip()
    if not _is_raised_by_author(error):
        return "", text
    if text.startswith("assert "):
        return "", text
    message, _, values = text.partition("\nassert ")
    # pytest indents what follows the first line of the message of an assert.
    return (message.replace("\n  ", "\n"), f"assert {values}") if values else (message, "")


def _is_raised_by_author(error: BaseException) -> bool:
    """Whether a check's own statement raised an exception, or pytest.fail; not a function such as assert_close."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    name = "" if trace is None else trace.tb_frame.f_globals.get("__name__", "")
    return name.startswith((PREFIX, "_pytest."))


def _tidy(text: str) -> str:
    """Return what is said of values without addresses in memory, and with little of each tensor."""
    lines = [_without_addresses(_shorten_arrays(line)) for line in _join_arrays(text).splitlines()]
    return "\n".join(line.rstrip() for line in lines if not IDLE.fullmatch(line))


def _without_addresses(line: str) -> str:
    return ADDRESS.sub("", CALLABLE.sub(r"\1", line))


def _join_arrays(text: str) -> str:
    """Return a text with each tensor on one line, whether its line breaks are real or escaped."""
    return re.sub(r",\s*(?:\\n|\n)\s*(?=[\[\d-])", ", ", text)


def _shorten_arrays(line: str) -> str:
    told, end = "", 0
    for match in ARRAY.finditer(line):
        if match.start() < end:
            continue
        close = _closing(line, match.end())
        array = " ".join(line[match.start() : close].split())
        if len(array) > MAX_ARRAY:
            array = f"{array[: MAX_ARRAY - 2]}…)"
        told += line[end : match.start()] + array
        end = close
    return told + line[end:]


def _closing(line: str, start: int) -> int:
    """Return where the bracket closes that is open at a place; the line's end if it does not."""
    depth = 1
    for index in range(start, len(line)):
        depth += (line[index] in "([") - (line[index] in ")]")
        if not depth:
            return index + 1
    return len(line)


def _example(note: str, fixtures: Collection[str]) -> str:
    """Return the arguments of an example that hypothesis found, without the fixtures among them."""
    head = EXAMPLE.match(note)
    if head is None:
        return ""
    lines = note[head.end() :].splitlines()
    arguments = [line.strip().rstrip(",") for line in lines if re.match(r"    \w+=", line)]
    shown = [argument for argument in arguments if argument.partition("=")[0] not in {*fixtures, "self"}]
    return f"for example with {', '.join(map(_tidy, shown))}" if shown else ""


def _bounded(text: str) -> str:
    lines = [line if len(line) <= MAX_LINE else f"{line[: MAX_LINE - 1]}…" for line in text.splitlines()]
    return "\n".join([*lines[:MAX_LINES], "…"] if len(lines) > MAX_LINES else lines)
