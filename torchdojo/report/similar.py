"""Find submissions that share what few others wrote.

A submission is reduced to what its author wrote: the stub's own lines, comments and docstrings are left out, and names
that the stub does not know become `_`, so that renaming hides nothing. A line that many wrote says nothing and is left
out too. What is left is compared as a sequence of lines: twice the length of the longest common subsequence, over the
lines of both (Indel similarity, by rapidfuzz).
"""

from __future__ import annotations

import builtins
import io
import keyword
import re
import tokenize
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import Indel

FEWEST_LINES = 5  # of one's own that hardly anyone else wrote: less is no evidence
FEWEST_WORDS = 4  # in a line: `pass`, `else:` and `return x` say nothing
LEAST = 0.75
COMMON = 0.2  # a line that more than this share of a class wrote is common
COMMON_FROM = 4  # but never one of so few people
SHOWN_LINES = 30
SKIPPED = {tokenize.COMMENT, tokenize.NL, tokenize.ENCODING, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
KNOWN = {*keyword.kwlist, *keyword.softkwlist, *dir(builtins)}


@dataclass(frozen=True)
class Line:
    """A line of one's own: its number, its text, and what it reads like without names and spacing."""

    number: int
    text: str
    norm: str


@dataclass(frozen=True)
class Pair:
    """Two students, or two groups who handed in the same, and what they share. similarity: in [0, 1]"""

    chapter: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    similarity: float
    shared: list[tuple[Line, Line]]

    @property
    def identical(self) -> bool:
        """Whether all of them wrote the same lines."""
        return not self.right


def own_lines(source: bytes, stub: str) -> list[Line]:
    """Return the lines of a submission that are not the stub's."""
    given, vocabulary = _given(stub)
    lines = _lines(source.decode("utf-8-sig", "replace"), vocabulary)
    return [line for line in lines if line.norm not in given and len(line.norm.split()) >= FEWEST_WORDS]


@lru_cache(maxsize=16)
def _given(stub: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return a stub's lines, normalised, and every name in it."""
    vocabulary = frozenset(re.findall(r"\w+", stub))
    return frozenset(line.norm for line in _lines(stub, vocabulary)), vocabulary


def _lines(text: str, vocabulary: frozenset[str]) -> list[Line]:
    """Return the logical lines of a text, normalised; of one that is no Python, its lines with single blanks."""
    rows = text.splitlines()
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError, ValueError):
        found = [Line(n, row.strip(), " ".join(row.split())) for n, row in enumerate(rows, start=1)]
        return [line for line in found if line.norm and not line.norm.startswith("#")]
    found = []
    words: list[str] = []
    first = 0
    for token in tokens:
        if token.type in SKIPPED:
            continue
        if token.type != tokenize.NEWLINE:
            first = first or token.start[0]
            words.append(_word(token, words, vocabulary))
            continue
        if words and not (len(words) == 1 and words[0][-1:] in "\"'"):
            found.append(Line(first, rows[first - 1].strip()[:200], " ".join(words)))
        words, first = [], 0
    return found


def _word(token: tokenize.TokenInfo, before: list[str], vocabulary: frozenset[str]) -> str:
    attribute = bool(before) and before[-1] == "."
    known = attribute or token.string in KNOWN or token.string in vocabulary
    return token.string if token.type != tokenize.NAME or known else "_"


def near_duplicates(chapter: str, sources: Mapping[str, bytes], stub: str) -> list[Pair]:
    """Return the pairs of a chapter's submissions that share what few others wrote, the most similar first.

    sources: the text by student. All who wrote the very same lines of their own, names included, are one group.
    """
    written = {student: own_lines(source, stub) for student, source in sources.items()}
    groups: dict[tuple[str, ...], list[str]] = {}
    for student, lines in written.items():
        groups.setdefault(tuple(line.text for line in lines), []).append(student)
    heads = [members[0] for members in groups.values()]
    spread = Counter(norm for head in heads for norm in {line.norm for line in written[head]})
    most = max(COMMON_FROM, COMMON * len(heads))
    rare = [[line for line in written[head] if spread[line.norm] <= most] for head in heads]
    members = list(groups.values())
    pairs = [
        Pair(chapter, tuple(sorted(members[i])), (), 1.0, [(line, line) for line in rare[i][:SHOWN_LINES]])
        for i in range(len(heads))
        if len(members[i]) > 1 and len(rare[i]) >= FEWEST_LINES
    ]
    kept = [i for i in range(len(heads)) if len(rare[i]) >= FEWEST_LINES]
    for a, b, similarity in _alike([_coded(rare[i], spread) for i in kept]):
        left, right = kept[a], kept[b]
        pairs.append(
            Pair(
                chapter,
                tuple(sorted(members[left])),
                tuple(sorted(members[right])),
                similarity,
                _shared(rare[left], rare[right]),
            )
        )
    return sorted(pairs, key=lambda pair: (-pair.similarity, -len(pair.shared), pair.left))


def _coded(lines: Sequence[Line], spread: Counter[str]) -> list[int]:
    """Return lines as numbers, one for each different line: small and quick to compare."""
    codes = {norm: code for code, norm in enumerate(spread)}
    return [codes[line.norm] for line in lines]


def _alike(sequences: list[list[int]]) -> list[tuple[int, int, float]]:
    """Return which of the sequences are similar, each pair once."""
    if len(sequences) < 2:
        return []
    scores = process.cdist(
        sequences,
        sequences,
        scorer=Indel.normalized_similarity,
        score_cutoff=LEAST,
        dtype=np.float32,
    )
    rows, columns = np.nonzero(np.triu(scores, 1))
    return [(int(a), int(b), float(scores[a, b])) for a, b in zip(rows, columns, strict=True)]


def _shared(left: Sequence[Line], right: Sequence[Line]) -> list[tuple[Line, Line]]:
    """Return the lines that two submissions have in common, in order, as pairs."""
    steps = Indel.opcodes([line.norm for line in left], [line.norm for line in right])
    found: list[tuple[Line, Line]] = []
    for step in steps:
        if step.tag == "equal":
            found += zip(left[step.src_start : step.src_end], right[step.dest_start : step.dest_end], strict=True)
    return found[:SHOWN_LINES]
