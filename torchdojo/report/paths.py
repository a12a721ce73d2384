"""Folder names for students' pages, safe on any disk for any student's name, and links to them."""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Iterable
from urllib.parse import quote

SAFE_PUNCTUATION = " ._-+@,()'"
MARKS = ("Mn", "Mc")  # accents and vowel signs
MAX_NAME_BYTES = 120
WINDOWS_DEVICES = {"con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in range(10))}


class Folders:
    """The names of a class's folders. Students whose folders some disks would take for one get a hash after `~`.

    Those are the ones that differ only in upper and lower case, or in how their characters are encoded.
    """

    def __init__(self, students: Iterable[str]) -> None:
        names = {student: folder_name(student) for student in students}
        counts = Counter(map(_on_disk, names.values()))
        self._names = {
            student: f"{name}~{_digest(student)}" if counts[_on_disk(name)] > 1 else name
            for student, name in names.items()
        }

    def __contains__(self, student: str) -> bool:
        """Whether a student has a folder."""
        return student in self._names

    def name(self, student: str) -> str:
        """Return the name of a student's folder."""
        return self._names[student]

    def href(self, student: str, page: str = "index") -> str:
        """Return the relative address of a student's page, as seen from report.html."""
        return "/".join(quote(part, safe="") for part in ("feedback", self.name(student), f"{page}.html"))


def folder_name(student: str) -> str:
    """Return a folder's name for a student: the student's own name where that is safe.

    Letters, digits and some punctuation stay; any other character is percent-encoded in UTF-8, and so is a dot or space
    where file systems treat it specially. So the name has no separator, is never `.` or `..` and never hidden, and two
    students never share it. A long name is cut, and gets a hash after `~`.
    """
    name = "".join(c if _is_safe(c) else _percent_encode(c) for c in student)
    if name[:1] in (".", " ", "-"):
        name = _percent_encode(name[0]) + name[1:]
    if name[-1:] in (".", " "):
        name = name[:-1] + _percent_encode(name[-1])
    if unicodedata.normalize("NFKC", name.partition(".")[0]).strip().lower() in WINDOWS_DEVICES:
        name = _percent_encode(name[0]) + name[1:]
    data = name.encode("utf-8", "replace")
    if len(data) > MAX_NAME_BYTES:
        name = f"{data[:MAX_NAME_BYTES].decode('utf-8', 'ignore').rstrip(' .')}~{_digest(student)}"
    return name or "%"


def _is_safe(character: str) -> bool:
    return character.isalnum() or character in SAFE_PUNCTUATION or unicodedata.category(character) in MARKS


def _on_disk(name: str) -> str:
    """Return what file systems compare that ignore case and the encoding of accents, or more than those do."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def _digest(student: str) -> str:
    return hashlib.sha256(student.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _percent_encode(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))
