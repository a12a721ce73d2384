"""The heat map as a picture: a pixel a check and student, written as a PNG with a palette, which is small."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Sequence

# Each is told from its neighbours by lightness too, and can be seen on white and on black.
COLOURS = {
    " ": (0, 0, 0, 0),
    "p": (0x6F, 0xB8, 0xA6, 255),
    "t": (0x9A, 0xA0, 0xA8, 110),
    "f": (0xE8, 0x8A, 0x2E, 255),
    "e": (0xC2, 0x3B, 0x22, 255),
    "s": (0x6E, 0x2F, 0x91, 255),
    "g": (0x1F, 0x5F, 0xBF, 255),
    "-": (0x9A, 0xA0, 0xA8, 40),
}
LEGEND = (
    ("p", "passed"),
    ("f", "failed"),
    ("e", "raised an exception"),
    ("s", "stopped or forbidden"),
    ("t", "not written"),
    ("g", "grader error"),
)


def picture(rows: Sequence[str]) -> str:
    """Return a data address of the picture; rows: a letter of COLOURS each pixel, all of one length of at least 1."""
    codes = {letter: index for index, letter in enumerate(COLOURS)}
    data = b"".join(b"\0" + bytes(codes[letter] for letter in row) for row in rows)
    head = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 3, 0, 0, 0)
    chunks = [
        (b"IHDR", head),
        (b"PLTE", b"".join(bytes(colour[:3]) for colour in COLOURS.values())),
        (b"tRNS", bytes(colour[3] for colour in COLOURS.values())),
        (b"IDAT", zlib.compress(data, 9)),
        (b"IEND", b""),
    ]
    png = b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in chunks)
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def css_colour(letter: str) -> str:
    """Return a letter's colour as CSS writes it."""
    red, green, blue, alpha = COLOURS[letter]
    return f"rgb({red} {green} {blue} / {alpha / 255:.2f})"
