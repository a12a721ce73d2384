"""Read a student's file as what it is, and see which exercises it defines."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterable, Mapping
from functools import cached_property

from torchdojo.archives.archive import HEAD_BYTES
from torchdojo.archives.opening import sniff
from torchdojo.collect.match import normalized_suffix
from torchdojo.collect.submitted_paths import SubmittedPath
from torchdojo.course import Chapter, Course
from torchdojo.course.stub import stub_definitions
from torchdojo.notebooks.cells import MAX_NOTEBOOK_BYTES, read_cells
from torchdojo.notebooks.extraction import extract_chapter
from torchdojo.notebooks.hand_answer import hand_answer
from torchdojo.source.encoding import Utf8Source
from torchdojo.source.files import MAX_SOURCE_BYTES, SourceError, decode_source
from torchdojo.source.names import Definition
from torchdojo.source.placeholders import is_untouched
from torchdojo.source.repair import parse_around_errors

Stubs = dict[str, dict[str, Definition]]  # the definitions of the stubs that were parsed, by the chapter's name
HEADER = re.compile(r"^(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", re.MULTILINE)


class Reading:
    """What a file holds for a chapter.

    source: its Python text, or the reason why it cannot be read; notes: for the student, on how it was read
    """

    def __init__(
        self,
        source: bytes | SourceError,
        course: Course,
        chapter: Chapter,
        stub: Mapping[str, Definition],
        notes: tuple[str, ...] = (),
    ) -> None:
        self.source = source
        self.notes = notes
        self._course = course
        self._chapter = chapter
        self._stub = stub

    @property
    def defines(self) -> int:
        """How many of the chapter's exercises it defines, be it in a part that does not parse."""
        return len(self._defined)

    @cached_property
    def done(self) -> int:
        """How many of them are no longer as in the stub."""
        return sum(self._is_done(name, node) for name, node in self._defined.items())

    @property
    def is_stub(self) -> bool:
        """Whether it defines exercises, all of them still as in the stub."""
        return self.defines > 0 and self.done == 0

    @cached_property
    def hash(self) -> str:
        """A digest of the text; how its lines end does not matter."""
        if isinstance(self.source, SourceError):
            return self.source.message
        lines = self.source.removeprefix(b"\xef\xbb\xbf").splitlines()
        return hashlib.sha256(b"\n".join(line.rstrip() for line in lines).rstrip()).hexdigest()

    @cached_property
    def _defined(self) -> dict[str, Definition | None]:
        found = {} if isinstance(self.source, SourceError) else _defined_in(self.source)
        return {name: node for name, node in found.items() if self._chapter.find(name)}

    def _is_done(self, name: str, node: Definition | None) -> bool:
        exercise = self._chapter.find(name)
        if exercise and exercise.by_hand and not isinstance(self.source, SourceError):
            return bool(hand_answer(self._course, self._chapter, exercise, self.source))
        return not _is_stub(node, self._stub.get(name))


class Reader:
    """Reads files of a course. What it returns for a file is kept; a file's own bytes are not.

    stubs: those that other readers of the course parsed, to which this one adds its own
    """

    def __init__(self, course: Course, stubs: Stubs | None = None) -> None:
        self.course = course
        self._stubs = {} if stubs is None else stubs
        self._readings: dict[tuple[SubmittedPath, str], Reading] = {}

    def read(self, path: SubmittedPath, chapter: Chapter) -> Reading:
        """Return what a file holds for a chapter."""
        key = (path, chapter.name)
        if key not in self._readings:
            self._readings[key] = self._read(path, chapter)
        return self._readings[key]

    def _read(self, path: SubmittedPath, chapter: Chapter) -> Reading:
        if chapter.name not in self._stubs:
            self._stubs[chapter.name] = stub_definitions(self.course, chapter)
        stub = self._stubs[chapter.name]
        name, is_named_notebook = path.shown.rpartition("/")[2], normalized_suffix(path.name) == ".ipynb"
        try:
            decoded = _load(path)
            text, holds_cells = decoded.source, is_notebook(decoded.source)
            notes: tuple[str, ...] = (f"{name}: {decoded.note}",) if decoded.note else ()
            if is_named_notebook and not holds_cells:
                note = f"{name} is a Python file, although its name is a notebook's, and was read as one"
                plain = Reading(text, self.course, chapter, stub, (*notes, note))
                if plain.defines:
                    return plain
            elif not holds_cells:
                return Reading(text, self.course, chapter, stub, notes)
            extracted = extract_chapter(text, self.course, chapter)
        except SourceError as error:
            return Reading(error, self.course, chapter, stub)
        if not is_named_notebook:
            notes += (f"{name} is a notebook, although its name is not a notebook's, and was read as one",)
        return Reading(extracted.source, self.course, chapter, stub, (*notes, *extracted.notes))

    def chapters_in(self, path: SubmittedPath) -> list[Chapter]:
        """Return the chapters that a file is for by what it defines.

        They are those of which it defines at least half of the exercises that have checks; else the only one of which
        it defines two.
        """
        try:
            names = _names_in(_load(path).source)
        except SourceError:
            return []
        counts = [(chapter, _count(chapter, names)) for chapter in self.course.chapters]
        most = [chapter for chapter, count in counts if count and 2 * count >= len(chapter.graded_exercises)]
        some = [chapter for chapter, count in counts if count]
        return most or (some if len(some) == 1 and _count(some[0], names) > 1 else [])

    def defines_any(self, path: SubmittedPath, chapter: Chapter) -> bool:
        """Whether a file is Python text that defines an exercise of a chapter."""
        try:
            return _count(chapter, _names_in(_load(path).source)) > 0
        except SourceError:
            return False


def _load(path: SubmittedPath) -> Utf8Source:
    """Return a file's text; SourceError if it cannot be read."""
    data = path.read_bytes(MAX_NOTEBOOK_BYTES)
    if kind := sniff(data[:HEAD_BYTES]):
        what = kind if " " in kind else f"a {kind} archive"
        raise SourceError(f"is {what}, although its name is a source file's; submit the file that is in it")
    if len(data) > MAX_SOURCE_BYTES and normalized_suffix(path.name) != ".ipynb" and not is_notebook(data):
        raise SourceError(f"is too large: {len(data):,} bytes, at most {MAX_SOURCE_BYTES:,} are read")
    return decode_source(data)


def is_notebook(text: bytes) -> bool:
    """Whether a file's text is a notebook's, whatever the file's name."""
    start = text[:100].removeprefix(b"\xef\xbb\xbf").lstrip()
    return start.startswith(b"{") and (b'"cells"' in text or b'"nbformat"' in text)


def _names_in(text: bytes) -> frozenset[str]:
    """Return the names of the functions and classes that a text defines, as far as a look at its lines can tell."""
    texts = [cell.text for cell in read_cells(text) if cell.kind == "code"] if is_notebook(text) else [text.decode()]
    return frozenset(name for each in texts for name in HEADER.findall(each))


def _count(chapter: Chapter, names: Iterable[str]) -> int:
    return len({exercise.name for exercise in chapter.exercises}.intersection(names))


def _defined_in(source: bytes) -> dict[str, Definition | None]:
    """Return the functions, classes and variables of a module, None for those without a definition that parses."""
    try:
        parsed = parse_around_errors(source)
    except SourceError:
        return dict.fromkeys(HEADER.findall(source.decode(errors="replace")))
    found: dict[str, Definition | None] = {}
    for node in parsed.tree.body:
        if isinstance(node, Definition):
            found[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found.update(dict.fromkeys(target.id for target in targets if isinstance(target, ast.Name)))
    return found | dict.fromkeys(name for block in parsed.broken for name in block.names)


def _is_stub(node: Definition | None, stub: Definition | None) -> bool:
    return node is not None and stub is not None and is_untouched(node, stub)
