"""Folder names for students' pages, safe for any student's name, and links to them."""

from __future__ import annotations

import hashlib
from urllib.parse import quote

SAFE_PUNCTUATION = " ._-+@,()'"
MAX_NAME_BYTES = 120
WINDOWS_DEVICES = {"con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in range(1, 10))}


def folder_name(student: str) -> str:
    """Return the name of a student's folder: the student's own name where that is safe.

    Letters, digits and some punctuation stay; any other character is percent-encoded in UTF-8, and so is a dot or space
    where file systems treat it specially. So the name has no separator, is never `.` or `..` and never hidden, and two
    students never share it. A long name is cut, and gets a hash after `~`.
    """
    name = "".join(c if c.isalnum() or c in SAFE_PUNCTUATION else _percent_encode(c) for c in student)
    if name[:1] in (".", " ", "-"):
        name = _percent_encode(name[0]) + name[1:]
    if name[-1:] in (".", " "):
        name = name[:-1] + _percent_encode(name[-1])
    if name.partition(".")[0].lower() in WINDOWS_DEVICES:
        name = _percent_encode(name[0]) + name[1:]
    data = name.encode("utf-8", "replace")
    if len(data) > MAX_NAME_BYTES:
        digest = hashlib.sha256(student.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        name = f"{data[:MAX_NAME_BYTES].decode('utf-8', 'ignore').rstrip(' .')}~{digest}"
    return name or "%"


def student_href(student: str, page: str = "index") -> str:
    """Return the relative address of a student's page, as seen from report.html."""
    return "/".join(quote(part, safe="") for part in ("feedback", folder_name(student), f"{page}.html"))


def _percent_encode(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))
