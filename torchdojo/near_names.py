"""Offer the names that someone may have meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

LEAST_ALIKE = 0.7


def near_names(name: str, known: Iterable[str]) -> list[str]:
    """Return up to three of the known names that are close to a name, the closest first.

    Case, hyphens and underscores do not count, and a name that begins with what was typed is close.
    """
    typed = _plain(name)
    plain = {other: _plain(other) for other in dict.fromkeys(known)}
    exact = [other for other, text in plain.items() if text == typed]
    close = get_close_matches(typed, plain.values(), n=3, cutoff=LEAST_ALIKE)
    begun = [text for text in plain.values() if len(typed) > 2 and text.startswith(typed)]
    ranked = exact or [other for text in dict.fromkeys([*begun, *close]) for other in plain if plain[other] == text]
    return ranked[:3]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return " Did you mean …?" with the known names that are close to a name, "" if none is."""
    near = near_names(name, known)
    return f" Did you mean {' or '.join(near)}?" if near else ""


def _plain(name: str) -> str:
    return name.lower().strip("-").replace("-", "").replace("_", "")
