"""Generate variants of a known mistake: code that behaves as it does, as another learner would have written it.

A variant must get the mistake's own name or none. Kinds:
- draw: another form of a random draw, with the same distribution;
- order: another order of operations;
- names: other names of variables, and names for parts of expressions;
- spelling: another spelling of the same call;
- beside: another known mistake of the same exercise beside it, whose name it may get instead.
"""

from __future__ import annotations

import ast
import copy
import difflib
import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from torchdojo.course import Overlay
from torchdojo.source.files import ParsedSource, span
from torchdojo.source.names import Definition
from torchdojo.verify.rewrites import Rewrite, Rewriter, Splitter, draws, orders, spellings

Kind = Literal["draw", "order", "names", "spelling", "beside"]
REWRITES: dict[Kind, Rewrite] = {"draw": draws, "order": orders, "spelling": spellings}
KINDS: tuple[Kind, ...] = ("draw", "order", "names", "spelling")
SHARES = (1.0, 0.6, 0.4, 0.6, 0.4)  # of the places that are changed, in the first variant of a kind, the second, …


@dataclass(frozen=True)
class Variant:
    """A variant's text. other: the id of the known mistake that is beside it"""

    kind: Kind
    source: bytes
    other: str = ""


@dataclass(frozen=True)
class _Known:
    """A known mistake's text. changed: the definitions that differ from the reference's; binds: all names"""

    id: str
    source: ParsedSource
    changed: dict[str, Definition]
    binds: frozenset[str]


Texts = dict[str, str]  # of definitions, by name


class VariantMaker:
    """Makes the variants of a chapter's known mistakes. They are the same every time."""

    def __init__(self, reference: ParsedSource, mistakes: Sequence[Overlay]) -> None:
        self.reference = reference.definitions
        dumps = {name: ast.dump(node) for name, node in self.reference.items()}
        self.known: dict[str, list[_Known]] = {}
        for mistake in mistakes:
            source = ParsedSource(mistake.source)
            changed = {name: n for name, n in source.definitions.items() if ast.dump(n) != dumps.get(name)}
            binds = frozenset[str]().union(*(statement.binds for statement in source.statements))
            self.known.setdefault(mistake.exercise, []).append(_Known(mistake.id, source, changed, binds))

    def make(self, mistake: Overlay, count: int) -> list[Variant]:
        """Return at most so many distinct variants, one of each kind first, then a second of each, and so on."""
        own = next(known for known in self.known[mistake.exercise] if known.id == mistake.id)
        others = [known for known in self.known[mistake.exercise] if known is not own]
        random.Random(f"{mistake.exercise}/{mistake.id}").shuffle(others)
        seen = {tuple(ast.unparse(node) for node in own.changed.values())}
        found: list[Variant] = []
        for kind, other, texts in self._drawn(own, others, f"{mistake.exercise}/{mistake.id}"):
            if len(found) == count:
                break
            if (content := tuple(texts.values())) not in seen:
                seen.add(content)
                found.append(Variant(kind, _replaced(own.source, texts), other))
        return found

    def _drawn(self, own: _Known, others: list[_Known], seed: str) -> Iterator[tuple[Kind, str, Texts]]:
        beside = ((other.id, texts) for other in others if (texts := self._beside(own, other)))
        for number, share in enumerate(SHARES):
            for kind in KINDS:
                texts = _rewritten(own, kind, random.Random(f"{seed}/{kind}/{number}"), share)
                if texts:
                    yield kind, "", texts
            for other, texts in itertools.islice(beside, 1):
                yield "beside", other, texts

    def _beside(self, own: _Known, other: _Known) -> Texts:
        """Return the definitions of a mistake and another in one, {} where they touch, or the other needs a helper."""
        texts = {}
        for name, theirs in other.changed.items():
            base = self.reference.get(name)
            if base is None or not other.binds <= own.binds:
                return {}
            text = _merge(_code(base), _code(own.changed.get(name, base)), _code(theirs))
            if text is None:
                return {}
            texts[name] = text
        return texts


def _rewritten(own: _Known, kind: Kind, generator: random.Random, share: float) -> Texts:
    """Return the changed definitions rewritten, or {} if there is nothing to rewrite."""
    texts, changes = {}, 0
    for name, node in own.changed.items():
        uses_numpy = any(isinstance(n, ast.Name) and n.id in ("np", "numpy") for n in ast.walk(node))
        if uses_numpy and kind != "names":  # its arrays have other methods
            continue
        transformer: Rewriter | Splitter
        if kind == "names":
            transformer = Splitter(generator, share, own.binds)
        else:
            transformer = Rewriter(REWRITES[kind], generator, share)
        texts[name] = ast.unparse(ast.fix_missing_locations(transformer.visit(copy.deepcopy(node))))
        changes += transformer.changes
    return texts if changes else {}


def _replaced(source: ParsedSource, texts: Texts) -> bytes:
    """Return a text with other definitions of these names."""
    lines = list(source.lines)
    for name in sorted(texts, key=lambda name: -source.definitions[name].lineno):
        first, last = span(source.definitions[name])
        lines[first - 1 : last] = texts[name].splitlines()
    return ("\n".join(lines) + "\n").encode("utf-8")


def _code(definition: Definition) -> list[str]:
    """Return the lines of a definition, without docstrings and annotations, which mistakes leave out."""
    bare = copy.deepcopy(definition)
    for node in ast.walk(bare):
        if isinstance(node, Definition) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        if isinstance(node, ast.arg):
            node.annotation = None
    return ast.unparse(bare).splitlines()


def _merge(base: list[str], mine: list[str], theirs: list[str]) -> str | None:
    """Return the lines with both changes, or None where these touch or do not parse together."""
    edits = []
    for changed in (mine, theirs):
        matcher = difflib.SequenceMatcher(None, base, changed, autojunk=False)
        edits += [(i, j, changed[a:b]) for tag, i, j, a, b in matcher.get_opcodes() if tag != "equal"]
    edits.sort(key=lambda edit: edit[:2])
    if any(after[0] <= before[1] for before, after in itertools.pairwise(edits)):
        return None
    lines = list(base)
    for i, j, replacement in reversed(edits):
        lines[i:j] = replacement
    text = "\n".join(lines)
    try:
        compile(text, "<variant>", "exec")
    except SyntaxError:
        return None
    return text
