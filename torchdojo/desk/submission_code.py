"""Turn a submission's text into highlighted rows, alone or as a difference from another text."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from markupsafe import Markup
from rapidfuzz.distance import Indel

from torchdojo.course.stub import BEGIN, END, MARKED
from torchdojo.notebooks.percent import CELL_MARK, split_percent
from torchdojo.report.highlight import highlight

CONTEXT = 3  # unchanged lines around a change
MIN_FOLDED = 3  # lines of the course's prose in a row, besides empty ones
MAX_SHOWN_LINES = 5_000
MAX_MATCHING_PAIRS = 30_000  # of equal lines: difflib's time grows with them times the number of lines
RowKind = Literal["same", "added", "removed", "gap", "fold"]
Change = tuple[str, int, int, int, int]


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A row of code. number: of the line in the submission; other: in the text that it is compared with

    A gap stands for unchanged lines that are not shown, or for the end of a text that is too long; a fold for those
    in `folded`, which are shown on demand.
    """

    kind: RowKind
    html: Markup
    number: int | None = None
    other: int | None = None
    folded: tuple[CodeRow, ...] = ()


def code_rows(text: str, given: str = "", keep: Collection[int] = ()) -> list[CodeRow]:
    """Return the rows of a text.

    given: a chapter's stub, of which longer prose is folded; keep: numbers of lines that are not folded
    """
    lines = highlight(text)
    rows = [CodeRow("same", line, number, number) for number, line in enumerate(lines[:MAX_SHOWN_LINES], start=1)]
    prose = {line for line in _lines(given) if line.startswith("#")} if given else set()
    is_prose = [n not in keep and (line in prose or not line.strip()) for n, line in enumerate(_lines(text), start=1)]
    return [*_fold(rows, is_prose), *_left_out(len(lines) - MAX_SHOWN_LINES)]


def _fold(rows: Sequence[CodeRow], is_prose: Sequence[bool]) -> Iterator[CodeRow]:
    """Yield rows, with longer runs of those that are prose as folds."""
    for can_fold, group in groupby(rows, lambda row: is_prose[(row.number or 0) - 1]):
        part = tuple(group)
        if can_fold and sum(bool(row.html.strip()) for row in part) >= MIN_FOLDED:
            words = f"lines {part[0].number} to {part[-1].number} are the course's text"
            yield CodeRow("fold", Markup(words), folded=part)
        else:
            yield from part


def diff_rows(other: str, text: str, keep: Collection[int] = ()) -> list[CodeRow]:
    """Return what to remove from another text and to add to it, to get this one, with some lines of context.

    keep: numbers of the text's unchanged lines that are shown, too
    """
    before, after = highlight(other), highlight(text)
    rows: list[CodeRow] = []
    for tag, first, last, start, end in _changes(_lines(other), _lines(text)):
        if tag == "equal":
            rows += [CodeRow("same", after[start + i], start + i + 1, first + i + 1) for i in range(last - first)]
        else:
            rows += [CodeRow("removed", before[i], None, i + 1) for i in range(first, last)]
            rows += [CodeRow("added", after[i], i + 1) for i in range(start, end)]
    rows = list(_without_unchanged(rows, keep))
    return [*rows[:MAX_SHOWN_LINES], *_left_out(len(rows) - MAX_SHOWN_LINES)]


def definition_line(text: str, name: str) -> int | None:
    """Return the line where a text defines a function, a class or another name last, or None.

    Also of a text that does not parse: it is read line by line.
    """
    pattern = re.compile(rf"(?:(?:async\s+)?def|class)\s+{re.escape(name)}\b|{re.escape(name)}\s*(?::[^=]*)?=(?!=)")
    return next((n for n, line in reversed(list(enumerate(_lines(text), start=1))) if pattern.match(line)), None)


def comparable_reference(reference: str, text: str) -> str:
    """Return a reference without the marks of its solutions, and without prose if a submission's text has none."""
    lines = [line for line in _lines(reference) if line.strip() not in (BEGIN, END)]
    lines = [match["code"] if (match := MARKED.match(line)) else line for line in lines]
    if any(map(CELL_MARK.match, _lines(text))):
        return "\n".join(lines) + "\n"
    return "\n\n".join(cell.text for cell in split_percent("\n".join(lines)) if cell.kind == "code") + "\n"


def _lines(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n")


def _changes(before: Sequence[str], after: Sequence[str]) -> Sequence[Change]:
    """Return how one list of lines becomes another, as difflib's opcodes.

    Where so many lines are equal that difflib would take long, the longest common subsequence, which people read less
    easily, is found instead.
    """
    counts, others = Counter(before), Counter(after)
    if sum(count * others[line] for line, count in counts.items()) <= MAX_MATCHING_PAIRS:
        return difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    steps = Indel.opcodes(before, after)
    return [(step.tag, step.src_start, step.src_end, step.dest_start, step.dest_end) for step in steps]


def _without_unchanged(rows: Sequence[CodeRow], keep: Collection[int]) -> Iterator[CodeRow]:
    wanted = [index for index, row in enumerate(rows) if row.kind != "same" or row.number in keep]
    near = {i for index in wanted for i in range(index - CONTEXT, index + CONTEXT + 1)}
    for is_shown, group in groupby(range(len(rows)), key=near.__contains__):
        indices = list(group)
        if is_shown:
            yield from (rows[index] for index in indices)
        else:
            yield CodeRow("gap", Markup(f"{len(indices):,} unchanged line{'s' * (len(indices) != 1)}"))


def _left_out(count: int) -> list[CodeRow]:
    return [CodeRow("gap", Markup(f"{count:,} more lines are not shown"))] if count > 0 else []
