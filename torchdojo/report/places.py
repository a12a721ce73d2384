"""Where a student's pages are: a folder's name for any student's name, and addresses to it."""

from __future__ import annotations

import hashlib
from urllib.parse import quote

KEPT = " ._-+@,()'"
MOST_BYTES = 120
DEVICES = {"con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in range(1, 10))}


def folder_name(student: str) -> str:
    """Return the name of a student's folder: the student's own name where that is harmless.

    Letters, digits and a few signs stay; every other character becomes %XX of its UTF-8 bytes, and so does a dot or a
    blank where systems treat it specially. So the name has no separator, is never `.` or `..` and never hidden, and two
    students never share it. A long name is cut and gets a hash after `~`.
    """
    name = "".join(c if c.isalnum() or c in KEPT else _escaped(c) for c in student)
    if name[:1] in (".", " ", "-"):
        name = _escaped(name[0]) + name[1:]
    if name[-1:] in (".", " "):
        name = name[:-1] + _escaped(name[-1])
    if name.partition(".")[0].lower() in DEVICES:
        name = _escaped(name[0]) + name[1:]
    data = name.encode("utf-8", "replace")
    if len(data) > MOST_BYTES:
        digest = hashlib.sha256(student.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        name = f"{data[:MOST_BYTES].decode('utf-8', 'ignore').rstrip(' .')}~{digest}"
    return name or "%"


def href_of(student: str, page: str = "index") -> str:
    """Return the address of a student's page, from where report.html is."""
    return address("feedback", folder_name(student), f"{page}.html")


def _escaped(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))


def address(*parts: str) -> str:
    """Return a relative address of these path components, for an href."""
    return "/".join(quote(part, safe="") for part in parts)
