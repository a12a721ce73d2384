"""Find submissions that share what few others wrote.

A submission is reduced to what its author wrote: the stub's own lines, comments and docstrings are left out, and names
that the stub does not know become `_`, so that renaming hides nothing. A line that many wrote says nothing and is left
out too. What is left is compared as a sequence of lines: twice the length of the longest common subsequence, over the
lines of both (Indel similarity, by rapidfuzz). Only pairs that can be similar are compared; none that is is lost.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from rapidfuzz.distance import Indel

from torchdojo.report.lines import Line, Reader

FEWEST_LINES = 5  # of one's own that hardly anyone else wrote: less is no evidence
LEAST = 0.75
COMMON = 0.2  # a line that more than this share of a class wrote is common
COMMON_FROM = 4  # but never one of so few people
SHOWN_LINES = 30
MOST_LINES = 2**32  # no text has so many


@dataclass(frozen=True)
class Pair:
    """Two students, or two groups who handed in the same, and what they share.

    similarity: in [0, 1]; common: how many lines they share; lines: what the first of each wrote
    """

    chapter: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    similarity: float
    common: int
    lines: tuple[Sequence[Line], Sequence[Line]]

    @property
    def identical(self) -> bool:
        """Whether all of them wrote the same lines."""
        return not self.right

    @cached_property
    def shared(self) -> list[tuple[Line, Line]]:
        """The first lines in common, in order, as pairs."""
        left, right = self.lines
        steps = Indel.opcodes([line.norm for line in left], [line.norm for line in right])
        found: list[tuple[Line, Line]] = []
        for step in steps:
            if step.tag == "equal":
                found += zip(left[step.src_start : step.src_end], right[step.dest_start : step.dest_end], strict=True)
        return found[:SHOWN_LINES]


class _Words:
    """Words as numbers, by the order in which they came; each is held once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, word: str) -> int:
        """Return the number of a word."""
        return self._numbers.setdefault(word, len(self._numbers))

    def all(self) -> list[str]:
        """Return the words in the order of their numbers."""
        return list(self._numbers)


@dataclass(slots=True)
class _Text:
    """What its writers, all alike, wrote: the number, text and norm of each line, words as numbers."""

    writers: list[str]
    lines: array[int]
    texts: array[int]
    norms: array[int]

    def only(self, keep: Sequence[bool]) -> _Text:
        """Return it with those lines whose norm is to be kept."""
        at = [index for index, norm in enumerate(self.norms) if keep[norm]]
        lines, texts, norms = (array("I", [row[n] for n in at]) for row in (self.lines, self.texts, self.norms))
        return _Text(self.writers, lines, texts, norms)


def near_duplicates(chapter: str, sources: Iterable[tuple[str, bytes]], stub: str) -> list[Pair]:
    """Return the pairs of a chapter's submissions that share what few others wrote, the most similar first.

    sources: each student with the text. All who wrote the very same lines of their own, names included, are one group.
    """
    texts, norms = _Words(), _Words()
    written = _written(sources, stub, texts, norms)
    spread = Counter(norm for one in written for norm in set(one.norms))
    most = max(COMMON_FROM, COMMON * len(written))
    rare = [spread[norm] <= most for norm in range(len(spread))]
    kept = [one for one in (each.only(rare) for each in written) if len(one.norms) >= FEWEST_LINES]
    return _pairs(chapter, kept, _coded(kept, spread, norms.all()), texts.all(), norms.all())


def _written(sources: Iterable[tuple[str, bytes]], stub: str, texts: _Words, norms: _Words) -> list[_Text]:
    """Return what was written, each different text once."""
    reader = Reader(stub)
    found: dict[bytes, _Text] = {}
    for student, source in sources:
        own = reader.own_lines(source)
        rows = array("I", [texts.number(line.text) for line in own])
        one = found.get(rows.tobytes())
        if one is None:
            numbers = array("I", [line.number for line in own])
            one = _Text([], numbers, rows, array("I", [norms.number(line.norm) for line in own]))
            found[rows.tobytes()] = one
        one.writers.append(student)
    return list(found.values())


def _pairs(
    chapter: str, kept: Sequence[_Text], codes: Sequence[Sequence[int]], texts: Sequence[str], norms: Sequence[str]
) -> list[Pair]:
    @cache
    def lines(index: int) -> list[Line]:
        one = kept[index]
        return [
            Line(n, texts[text], norms[norm]) for n, text, norm in zip(one.lines, one.texts, one.norms, strict=True)
        ]

    who = [tuple(sorted(one.writers)) for one in kept]
    pairs = [
        Pair(chapter, who[index], (), 1.0, len(one.lines), (lines(index), lines(index)))
        for index, one in enumerate(kept)
        if len(one.writers) > 1
    ]
    for a, b, similarity in alike(codes):
        common = round(similarity * (len(kept[a].lines) + len(kept[b].lines)) / 2)
        pairs.append(Pair(chapter, who[a], who[b], similarity, common, (lines(a), lines(b))))
    return sorted(pairs, key=lambda pair: (-pair.similarity, -pair.common, pair.left, pair.right))


def _coded(kept: Sequence[_Text], spread: Mapping[int, int], norms: Sequence[str]) -> list[array[int]]:
    """Return the norms numbered anew, the rarest the smallest: quick to compare."""
    order = sorted(range(len(norms)), key=lambda norm: (spread[norm], norms[norm]))
    codes = array("I", [0]) * len(order)
    for code, norm in enumerate(order):
        codes[norm] = code
    return [array("I", [codes[norm] for norm in one.norms]) for one in kept]


def alike(sequences: Sequence[Sequence[int]], least: float = LEAST) -> list[tuple[int, int, float]]:
    """Return which of the sequences have an Indel similarity of at least `least`, in (0, 1]; each pair once, in order.

    The numbers should be smaller the rarer they are; that decides how fast it is, not what is found.
    """
    found = []
    for a, b in candidates(sequences, least):
        similarity = Indel.normalized_similarity(sequences[a], sequences[b], score_cutoff=least)
        if similarity >= least:
            found.append((a, b, float(similarity)))
    return sorted(found)


def candidates(sequences: Sequence[Sequence[int]], least: float) -> Iterator[tuple[int, int]]:
    """Yield the pairs that can be so similar, each once.

    Two sequences of n and m lines that are similar share at least least · (n + m) / 2 of them, so each shares at least
    least / (2 − least) of its own. Whoever shares k of n lines shares one of any n − k + 1: it is enough to look at who
    else has one of so many of the rarest (prefix filtering). What is left must share enough lines, in whatever order.
    """
    share = least / (2 - least)
    bags = [_bag(sequence) for sequence in sequences]
    holders: dict[int, list[int]] = defaultdict(list)
    for b, bag in enumerate(bags):
        rarest = sorted(bag)[: len(bag) - math.ceil(share * len(bag) - 1e-9) + 1]
        for a in sorted({a for line in rarest for a in holders.get(line, ())}):
            needed = least * (len(bag) + len(bags[a])) / 2 - 1e-9
            if min(len(bag), len(bags[a])) >= needed and len(bag & bags[a]) >= needed:
                yield a, b
        for line in rarest:
            holders[line].append(b)


def _bag(sequence: Sequence[int]) -> frozenset[int]:
    """Return the numbers of a sequence, each with which time it is, so that one that is there twice counts twice."""
    times: Counter[int] = Counter()
    found = set()
    for number in sequence:
        found.add(number * MOST_LINES + times[number])
        times[number] += 1
    return frozenset(found)
