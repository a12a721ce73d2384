"""Find the slow imports that a chapter's code will need, so that a worker makes them once before it forks."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import cached_property
from pathlib import Path

from torchdojo.source.files import ParsedSource, SourceError, span
from torchdojo.source.names import Import

# A word in the code, and the module to import for it: torch.optim imports torch._dynamo with its first optimizer, and
# use_deterministic_algorithms imports torch's compiler.
SLOW_IMPORTS = {
    "torchvision": "torchvision",
    "optim": "torch._dynamo",
    "use_deterministic_algorithms": "torch._inductor.config",
}


PYTHON_IMPORTS = {"numpy": "numpy"}  # likewise in a chapter without torch
WORD = re.compile(r"\w+")
REMEMBERED = 8  # texts: a submission is asked for several times in a row, and the reference between them


def find_slow_imports(text: bytes, kind: str = "torch") -> list[str]:
    """Return the modules to import before forking for code with this text, comments aside, in a chapter of this kind.

    Each makes every later fork slower: torchvision adds 170 mappings and 80 MB that a fork must copy or share.
    """
    code = re.sub(rb"^\s*#.*", b"", text, flags=re.MULTILINE)
    slow = PYTHON_IMPORTS if kind == "python" else SLOW_IMPORTS
    return [module for word, module in slow.items() if re.search(rf"\b{word}\b".encode(), code)]


class SlowImports:
    """The slow imports of one chapter's code, for all of its exercises or for some.

    probes: the file of its probes, beside its checks
    """

    def __init__(self, probes: Path, kind: str) -> None:
        self._path = probes
        self._kind = kind
        self._found: dict[tuple[bytes, tuple[str, ...] | None], list[str]] = {}  # of the last texts

    def find(self, source: bytes | ParsedSource, exercises: Collection[str] | None = None) -> list[str]:
        """Return the modules to import before a text answers what the checks of some exercises ask, None for all.

        What they do not need, such as an optimizer in another exercise, is left out: importing it takes a second.
        """
        text = source.source if isinstance(source, ParsedSource) else source
        key = text, None if exercises is None else tuple(exercises)
        if key not in self._found:
            if len(self._found) >= REMEMBERED:
                self._found.clear()
            self._found[key] = self._find(source, text, exercises)
        return self._found[key]

    def _find(self, source: bytes | ParsedSource, text: bytes, exercises: Collection[str] | None) -> list[str]:
        if exercises is not None:
            try:
                parsed = source if isinstance(source, ParsedSource) else ParsedSource(source)
                text = _text_for(parsed, exercises, with_effects=True)
                return find_slow_imports(text + b"\n" + self._probes_for(exercises), self._kind)
            except SourceError:
                pass
        return find_slow_imports(text + b"\n" + self._path.read_bytes(), self._kind)

    @cached_property
    def _probes(self) -> ParsedSource:
        return ParsedSource(self._path.read_bytes(), self._path.name)

    def _probes_for(self, exercises: Collection[str]) -> bytes:
        """Return the text of the probes that the checks of these exercises may ask, with what those need."""
        return _text_for(self._probes, self._words_for(exercises), with_effects=False)

    def _words_for(self, exercises: Collection[str]) -> set[str]:
        """Return every word in the files that may hold checks of these exercises, and in what such files share."""
        folder, words = self._path.parent, set[str]()
        shared = [path for path in folder.parent.glob("*.py") if path.is_file()]
        for path in (*shared, *folder.glob("*.py")):
            text = path.read_text(encoding="utf-8", errors="replace")
            named = f"{path.stem}\n{text}".casefold()
            is_of_checks = path.stem.startswith("test_")
            if path != self._path and (not is_of_checks or any(name.casefold() in named for name in exercises)):
                words.update(WORD.findall(text))
        return words


def _text_for(source: ParsedSource, names: Iterable[str], *, with_effects: bool) -> bytes:
    """Return the text of a module's imports, and of the statements that these names depend on.

    with_effects: also of what runs when the module is loaded, which a worker does for every question
    """
    statements = source.statements
    acting = [statement for statement in statements if with_effects and statement.has_effect]
    needed = set(map(id, statements.closure(names, acting)))
    kept = [s for s in statements if id(s) in needed or isinstance(s.node, Import)]
    lines = [
        line for statement in kept for first, last in [span(statement.node)] for line in source.lines[first - 1 : last]
    ]
    return "\n".join(lines).encode()
