"""Find submissions that share lines which few others wrote.

A submission is reduced to what its author wrote: the stub's own lines, comments and docstrings are left out, and names
that are not in the stub become `_`, so that renaming hides nothing. Lines that many wrote prove nothing and are left
out too. What remains is compared as a sequence of lines: twice the length of the longest common subsequence, over the
lines of both (Indel similarity, by rapidfuzz). Prefix filtering skips only pairs that cannot be similar enough.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from rapidfuzz.distance import Indel

from torchdojo.report.code_lines import CodeLine, CodeLineReader

MIN_LINES = 5  # rare ones of one submission: fewer prove nothing
MIN_SIMILARITY = 0.75
COMMON_SHARE = 0.2  # of a class: a line that more of them wrote is common
MIN_COMMON_TEXTS = 4  # a line in no more texts than these is rare, however small the class
MAX_SHOWN_LINES = 30
MAX_OCCURRENCES = 2**32  # of a line in a text


@dataclass(frozen=True)
class SimilarPair:
    """Two students, or groups with identical lines, and what they share.

    right: empty if all in `left` are identical; similarity: in [0, 1]; common: how many lines they share; lines: what
    the first of each wrote
    """

    chapter: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    similarity: float
    common: int
    lines: tuple[Sequence[CodeLine], Sequence[CodeLine]]

    @property
    def identical(self) -> bool:
        """Whether all of them wrote the same lines."""
        return not self.right

    @cached_property
    def shared(self) -> list[tuple[CodeLine, CodeLine]]:
        """The first lines in common, in order, as pairs."""
        left, right = self.lines
        steps = Indel.opcodes([line.normalized for line in left], [line.normalized for line in right])
        pairs: list[tuple[CodeLine, CodeLine]] = []
        for step in steps:
            if step.tag == "equal":
                pairs += zip(left[step.src_start : step.src_end], right[step.dest_start : step.dest_end], strict=True)
        return pairs[:MAX_SHOWN_LINES]


class _StringIds:
    """Numbers strings in the order of first use, so that each is stored once."""

    def __init__(self) -> None:
        self._ids: dict[str, int] = {}

    def id(self, text: str) -> int:
        """Return the number of a string."""
        return self._ids.setdefault(text, len(self._ids))

    def all(self) -> list[str]:
        """Return the strings in the order of their numbers."""
        return list(self._ids)


@dataclass(slots=True)
class _Text:
    """The lines that one or more students wrote alike: their numbers, texts and normalized texts, as string ids."""

    students: list[str]
    numbers: array[int]
    texts: array[int]
    normalized: array[int]

    def only(self, keep: Sequence[bool]) -> _Text:
        """Return it with the lines whose normalized text is to be kept."""
        indices = [index for index, line in enumerate(self.normalized) if keep[line]]
        columns = (self.numbers, self.texts, self.normalized)
        return _Text(self.students, *(array("I", [column[index] for index in indices]) for column in columns))


def find_near_duplicates(chapter: str, sources: Iterable[tuple[str, bytes]], stub: str) -> list[SimilarPair]:
    """Return the pairs of a chapter's submissions that share lines which few others wrote, the most similar first.

    sources: each student with the text. Students whose own lines are identical, names included, form one group.
    """
    row_ids, line_ids = _StringIds(), _StringIds()
    all_texts = _distinct_texts(sources, stub, row_ids, line_ids)
    frequency = Counter(line for text in all_texts for line in set(text.normalized))
    max_frequency = max(MIN_COMMON_TEXTS, COMMON_SHARE * len(all_texts))
    rare = [frequency[line] <= max_frequency for line in range(len(frequency))]
    texts = [text for text in (text.only(rare) for text in all_texts) if len(text.normalized) >= MIN_LINES]
    rows, lines = row_ids.all(), line_ids.all()

    @cache
    def code_lines(index: int) -> list[CodeLine]:
        text = texts[index]
        parts = zip(text.numbers, text.texts, text.normalized, strict=True)
        return [CodeLine(number, rows[row], lines[line]) for number, row, line in parts]

    students = [tuple(sorted(text.students)) for text in texts]
    pairs = [
        SimilarPair(chapter, students[index], (), 1.0, len(text.numbers), (code_lines(index), code_lines(index)))
        for index, text in enumerate(texts)
        if len(text.students) > 1
    ]
    for a, b, similarity in find_similar(_rank_by_rarity(texts, frequency, lines)):
        common = round(similarity * (len(texts[a].numbers) + len(texts[b].numbers)) / 2)
        lines_of_both = (code_lines(a), code_lines(b))
        pairs.append(SimilarPair(chapter, students[a], students[b], similarity, common, lines_of_both))
    return sorted(pairs, key=lambda pair: (-pair.similarity, -pair.common, pair.left, pair.right))


def _distinct_texts(
    sources: Iterable[tuple[str, bytes]], stub: str, row_ids: _StringIds, line_ids: _StringIds
) -> list[_Text]:
    """Return what the students wrote themselves, each different text once."""
    reader = CodeLineReader(stub)
    texts: dict[bytes, _Text] = {}
    for student, source in sources:
        lines = reader.own_lines(source)
        rows = array("I", [row_ids.id(line.text) for line in lines])
        text = texts.get(rows.tobytes())
        if text is None:
            numbers = array("I", [line.number for line in lines])
            text = _Text([], numbers, rows, array("I", [line_ids.id(line.normalized) for line in lines]))
            texts[rows.tobytes()] = text
        text.students.append(student)
    return list(texts.values())


def _rank_by_rarity(texts: Sequence[_Text], frequency: Mapping[int, int], lines: Sequence[str]) -> list[array[int]]:
    """Return the normalized lines of each text, numbered so that the rarest is the smallest: quick to compare."""
    ranks = array("I", [0]) * len(lines)
    for rank, line in enumerate(sorted(range(len(lines)), key=lambda line: (frequency[line], lines[line]))):
        ranks[line] = rank
    return [array("I", [ranks[line] for line in text.normalized]) for text in texts]


def find_similar(
    sequences: Sequence[Sequence[int]], min_similarity: float = MIN_SIMILARITY
) -> list[tuple[int, int, float]]:
    """Return the pairs of sequences with an Indel similarity of at least `min_similarity` > 0, each once, in order.

    Smaller numbers should be rarer: that decides the speed, not the result.
    """
    pairs = []
    for a, b in candidate_pairs(sequences, min_similarity):
        similarity = Indel.normalized_similarity(sequences[a], sequences[b], score_cutoff=min_similarity)
        if similarity >= min_similarity:
            pairs.append((a, b, float(similarity)))
    return sorted(pairs)


def candidate_pairs(sequences: Sequence[Sequence[int]], min_similarity: float) -> Iterator[tuple[int, int]]:
    """Yield the pairs that can be similar enough, each once.

    Two sequences of n and m lines with similarity s share s · (n + m) / 2 of them, so each shares at least s / (2 − s)
    of its own. A sequence that shares k of its n lines shares one of any n − k + 1: it is enough to look up which
    others have one of so many of the rarest (prefix filtering). The rest must share enough lines, in any order.
    """
    min_share = min_similarity / (2 - min_similarity)
    bags = [_bag(sequence) for sequence in sequences]
    holders: dict[int, list[int]] = defaultdict(list)
    for b, bag in enumerate(bags):
        rarest = sorted(bag)[: len(bag) - math.ceil(min_share * len(bag) - 1e-9) + 1]
        for a in sorted({a for line in rarest for a in holders.get(line, ())}):
            needed = min_similarity * (len(bag) + len(bags[a])) / 2 - 1e-9
            if min(len(bag), len(bags[a])) >= needed and len(bag & bags[a]) >= needed:
                yield a, b
        for line in rarest:
            holders[line].append(b)


def _bag(sequence: Sequence[int]) -> frozenset[int]:
    """Return the numbers of a sequence, each combined with its occurrence count, so that repeats count separately."""
    occurrences: Counter[int] = Counter()
    bag = set()
    for number in sequence:
        bag.add(number * MAX_OCCURRENCES + occurrences[number])
        occurrences[number] += 1
    return frozenset(bag)
