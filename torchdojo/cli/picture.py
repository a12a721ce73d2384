"""Save what a command shows as an SVG picture: for documentation, and for a learner who asks somebody for help."""

from __future__ import annotations

import re
from pathlib import Path

import click
from rich.console import Console
from rich.terminal_theme import TerminalTheme

KEY = "torchdojo.picture"
FONT_FROM_THE_NETWORK = re.compile(r"@font-face \{.*?\}", flags=re.DOTALL)
FONTS = "DejaVu Sans Mono, Menlo, Consolas, monospace"
NORMAL = [(40, 42, 46), (204, 88, 88), (98, 160, 98), (200, 150, 70)]
NORMAL += [(100, 140, 190), (160, 120, 180), (90, 165, 170), (197, 200, 198)]
THEME = TerminalTheme((30, 32, 36), (220, 222, 220), NORMAL, NORMAL)


class Picture:
    """The picture of one command. path: where it goes; the console that is shown last is what it shows."""

    def __init__(self, path: Path, title: str) -> None:
        self.path = path
        self.title = title
        self.console: Console | None = None

    def turn_page(self) -> None:
        """Forget what was shown so far."""
        if self.console is not None:
            self.console.export_text(clear=True)

    def save(self) -> None:
        """Write what was shown since the last page was turned; UsageError if it cannot be written."""
        if self.console is None:
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            text = self.console.export_svg(title=self.title, theme=THEME, clear=False)
            # A picture must look the same without a network.
            text = FONT_FROM_THE_NETWORK.sub("", text).replace("Fira Code, monospace", FONTS)
            self.path.write_text(text, encoding="utf-8", newline="\n")
        except OSError as error:
            raise click.UsageError(f"{self.path} cannot be written: {error.strerror}") from None


def wanted(context: click.Context | None) -> Picture | None:
    """Return the picture that the running command is to make, if there is one."""
    found = context.find_root().meta.get(KEY) if context is not None else None
    return found if isinstance(found, Picture) else None
