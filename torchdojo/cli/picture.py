"""Save the screen of a command as an SVG file: for documentation, and for learners who ask for help."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console
    from rich.terminal_theme import TerminalTheme

KEY = "torchdojo.picture"
FONT_FROM_THE_NETWORK = re.compile(r"@font-face \{.*?\}", flags=re.DOTALL)
FONTS = "DejaVu Sans Mono, Menlo, Consolas, monospace"
NORMAL = [(40, 42, 46), (204, 88, 88), (98, 160, 98), (200, 150, 70)]
NORMAL += [(100, 140, 190), (160, 120, 180), (90, 165, 170), (197, 200, 198)]
BACKGROUND, FOREGROUND = (30, 32, 36), (220, 222, 220)


class Picture:
    """The picture of one command's screen. path: where it is saved; console: the console that was created last"""

    def __init__(self, path: Path, title: str) -> None:
        self.path = path
        self.title = title
        self.console: Console | None = None

    def clear(self) -> None:
        """Forget what was printed so far."""
        if self.console is not None:
            self.console.export_text(clear=True)

    def save(self) -> None:
        """Write what was printed since the last `clear`; UsageError if it cannot be written."""
        if self.console is None:
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            text = self.console.export_svg(title=self.title, theme=_theme(), clear=False)
            # A picture must look the same without a network.
            text = FONT_FROM_THE_NETWORK.sub("", text).replace("Fira Code, monospace", FONTS)
            self.path.write_text(text, encoding="utf-8", newline="\n")
        except OSError as error:
            raise click.UsageError(f"{self.path} cannot be written: {error.strerror}") from None


def current_picture() -> Picture | None:
    """Return the picture that --picture asks for, or None."""
    context = click.get_current_context(silent=True)
    found = context.find_root().meta.get(KEY) if context is not None else None
    return found if isinstance(found, Picture) else None


def _theme() -> TerminalTheme:
    from rich.terminal_theme import TerminalTheme

    return TerminalTheme(BACKGROUND, FOREGROUND, NORMAL, NORMAL)
