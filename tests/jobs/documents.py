"""What the pages that people read show: commands in blocks, tables and sentences, and blocks of code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.conftest import PROJECT

RELEASED = "torchdojo/authoring/release_readme.md"  # README.md of a release
# What a release of the course puts into its README.md.
FIELDS = {
    "{chapter}": "ch1",
    "{exercise}": "sigmoid",
    "{constraints}": "-c constraints.txt ",
    "{run}": "| `.venv/bin/dojo run ch1` | train using your code and save a figure of the result |\n",
}
SHELL = ("sh", "bash", "console")
PROGRAMS = {"dojo", "make", "nbgrader", "pip", "python", "python3", "py", "sudo", "dask", "cd", "sysctl", "pytest"}
VENV = re.compile(r"\.venv[/\\](bin|Scripts)[/\\]")


@dataclass(frozen=True)
class Block:
    """A block of code. language: the word after its ```"""

    page: str
    language: str
    text: str


@dataclass(frozen=True)
class Command:
    """A command as a page shows it, without a comment and without `.venv/bin/`. where: "block", "table" or "sentence" """

    page: str
    where: str
    text: str

    @property
    def program(self) -> str:
        """The name of the program."""
        return self.text.split(maxsplit=1)[0]

    @property
    def words(self) -> str:
        """What comes after the name of the program."""
        return self.text.partition(" ")[2].strip()


def pages() -> list[Path]:
    """Return the pages: README.md, CONTRIBUTING.md, those of docs/, and what a release says to learners."""
    return [PROJECT / name for name in ("README.md", "CONTRIBUTING.md", RELEASED)] + sorted(PROJECT.glob("docs/*.md"))


@cache
def _tokens(path: Path) -> list[Token]:
    text = path.read_text(encoding="utf-8")
    for field, value in FIELDS.items() if path == PROJECT / RELEASED else ():
        text = text.replace(field, value)
    return MarkdownIt("commonmark").enable("table").parse(text)


def blocks() -> list[Block]:
    """Return every block of code of every page."""
    fences = [(path, token) for path in pages() for token in _tokens(path) if token.type == "fence"]
    return [Block(_name(path), token.info.strip(), token.content) for path, token in fences]


def spans() -> list[Command]:
    """Return every `piece of code` in the sentences and tables of every page, whatever it is."""
    found = []
    for path in pages():
        where = "sentence"
        for token in _tokens(path):
            where = {"table_open": "table", "table_close": "sentence"}.get(token.type, where)
            code = [child.content for child in token.children or () if child.type == "code_inline"]
            found += [Command(_name(path), where, VENV.sub("", text.strip())) for text in code]
    return found


def commands() -> list[Command]:
    """Return every command of every page: the lines of shell blocks, and pieces of code that name one of PROGRAMS."""
    shell = [block for block in blocks() if block.language in SHELL]
    lines = [
        (block.page, re.sub(r"(^|\s)#.*", "", line).strip()) for block in shell for line in block.text.splitlines()
    ]
    shown = [Command(page, "block", VENV.sub("", line)) for page, line in lines if line]
    return shown + [span for span in spans() if span.text and span.program in PROGRAMS]


def _name(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()
