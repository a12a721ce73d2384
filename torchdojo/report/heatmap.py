"""Draw the heat map as a PNG with one pixel per check and student; a palette keeps it small."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from io import BytesIO

from PIL import Image

# Neighbours also differ in lightness, and all are visible on white and on black.
COLOURS = {
    " ": (0, 0, 0, 0),
    "p": (0x6F, 0xB8, 0xA6, 255),
    "t": (0x9A, 0xA0, 0xA8, 110),
    "f": (0xE8, 0x8A, 0x2E, 255),
    "e": (0xC2, 0x3B, 0x22, 255),
    "s": (0x6E, 0x2F, 0x91, 255),
    "r": (0xD6, 0x5A, 0xA8, 255),
    "g": (0x1F, 0x5F, 0xBF, 255),
    "-": (0x9A, 0xA0, 0xA8, 40),
}


def draw_heatmap(rows: Sequence[str]) -> str:
    """Return the picture as a data URL. rows: per student a key of COLOURS per check, all of the same length, not 0"""
    codes = {letter: index for index, letter in enumerate(COLOURS)}
    pixels = bytes(codes[letter] for row in rows for letter in row)
    image = Image.frombytes("P", (len(rows[0]), len(rows)), pixels)
    image.putpalette([channel for colour in COLOURS.values() for channel in colour[:3]])
    buffer = BytesIO()
    image.save(buffer, "PNG", transparency=bytes(colour[3] for colour in COLOURS.values()), optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def css_colour(letter: str) -> str:
    """Return a letter's colour as CSS writes it."""
    red, green, blue, alpha = COLOURS[letter]
    return f"rgb({red} {green} {blue} / {alpha / 255:.2f})"
