"""Find submissions that share what few others wrote.

A submission is reduced to what its author wrote: the stub's own lines, comments and docstrings are left out, and names
that the stub does not know become `_`, so that renaming hides nothing. A line that many wrote says nothing and is left
out too. What is left is compared as a sequence of lines: twice the length of the longest common subsequence, over the
lines of both (Indel similarity, by rapidfuzz). Only pairs that can be similar are compared; none that is is lost.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz.distance import Indel

from torchdojo.report.lines import Line, Reader

FEWEST_LINES = 5  # of one's own that hardly anyone else wrote: less is no evidence
LEAST = 0.75
COMMON = 0.2  # a line that more than this share of a class wrote is common
COMMON_FROM = 4  # but never one of so few people
SHOWN_LINES = 30


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


def near_duplicates(chapter: str, sources: Mapping[str, bytes], stub: str) -> list[Pair]:
    """Return the pairs of a chapter's submissions that share what few others wrote, the most similar first.

    sources: the text by student. All who wrote the very same lines of their own, names included, are one group.
    """
    reader = Reader(stub)
    groups: dict[tuple[str, ...], list[str]] = {}
    written: list[list[Line]] = []
    for student, source in sources.items():
        lines = reader.own_lines(source)
        members = groups.setdefault(tuple(line.text for line in lines), [])
        if not members:
            written.append(lines)
        members.append(student)
    spread = Counter(norm for lines in written for norm in {line.norm for line in lines})
    most = max(COMMON_FROM, COMMON * len(written))
    rare = [[line for line in lines if spread[line.norm] <= most] for lines in written]
    kept = [
        (tuple(sorted(members)), lines)
        for members, lines in zip(groups.values(), rare, strict=True)
        if len(lines) >= FEWEST_LINES
    ]
    pairs = [Pair(chapter, who, (), 1.0, len(lines), (lines, lines)) for who, lines in kept if len(who) > 1]
    for a, b, similarity in alike(_coded([lines for _, lines in kept], spread)):
        (left, ours), (right, theirs) = kept[a], kept[b]
        common = round(similarity * (len(ours) + len(theirs)) / 2)
        pairs.append(Pair(chapter, left, right, similarity, common, (ours, theirs)))
    return sorted(pairs, key=lambda pair: (-pair.similarity, -pair.common, pair.left, pair.right))


def _coded(texts: Sequence[Sequence[Line]], spread: Counter[str]) -> list[list[int]]:
    """Return lines as numbers, one for each different line, the rarest the smallest: small and quick to compare."""
    codes = {norm: code for code, norm in enumerate(sorted(spread, key=lambda norm: (spread[norm], norm)))}
    return [[codes[line.norm] for line in lines] for lines in texts]


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
    holders: dict[tuple[int, int], list[int]] = defaultdict(list)
    for b, bag in enumerate(bags):
        rarest = sorted(bag)[: len(bag) - math.ceil(share * len(bag) - 1e-9) + 1]
        for a in sorted({a for line in rarest for a in holders[line]}):
            needed = least * (len(bag) + len(bags[a])) / 2 - 1e-9
            if min(len(bag), len(bags[a])) >= needed and len(bag & bags[a]) >= needed:
                yield a, b
        for line in rarest:
            holders[line].append(b)


def _bag(sequence: Sequence[int]) -> frozenset[tuple[int, int]]:
    """Return the numbers of a sequence, each with which time it is, so that one that is there twice counts twice."""
    times: Counter[int] = Counter()
    found = set()
    for number in sequence:
        found.add((number, times[number]))
        times[number] += 1
    return frozenset(found)
