"""Know which terminals make a link of a name (OSC 8). The others show the name alone, so they get the whole URL."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console

FIRST_VTE = 5000  # the first version of GNOME's terminal, and of those built on it, that has links
PROGRAMS = {"iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "rio", "Tabby"}  # in TERM_PROGRAM
TERMS = ("xterm-kitty", "xterm-ghostty", "alacritty", "foot", "contour", "wezterm")
VARIABLES = ("WT_SESSION", "KITTY_WINDOW_ID", "KONSOLE_VERSION", "DOMTERM")
MULTIPLEXERS = ("screen", "tmux")  # at the beginning of TERM: they may drop the links


def shows_links(console: Console, environment: Mapping[str, str]) -> bool:
    """Whether a console's terminal is known to show links."""
    term, vte = environment.get("TERM", ""), environment.get("VTE_VERSION", "")
    if not console.is_terminal or console.legacy_windows or console.color_system is None:
        return False
    if term.startswith(MULTIPLEXERS):
        return False
    return (
        environment.get("TERM_PROGRAM") in PROGRAMS
        or term.startswith(TERMS)
        or any(variable in environment for variable in VARIABLES)
        or (vte.isdecimal() and int(vte) >= FIRST_VTE)
    )
