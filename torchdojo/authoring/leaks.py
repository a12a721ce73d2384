"""The leak scan: look for a course's secrets in everything that is given away, also inside what is packed in it.

It looks into zips (a wheel is one), tars, and what is compressed or written as base64 or hex, wherever in a file that
begins. What it cannot look into is a finding too.
"""

from __future__ import annotations

import base64
import binascii
import bz2
import html
import io
import lzma
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from torchdojo.authoring.secrets import TELLING, Secrets, bare, telling

MARKED_UP = (".html", ".htm", ".xml", ".svg", ".json", ".js", ".ipynb")  # may have tags between the words of a text
TAG = re.compile(r"<[^<>]*>")
DEEPEST = 6
LARGEST = 2**28
PACKED: dict[bytes, Callable[[], Any]] = {
    b"\x1f\x8b\x08": lambda: zlib.decompressobj(31),
    b"\x78\x01": zlib.decompressobj,
    b"\x78\x5e": zlib.decompressobj,
    b"\x78\x9c": zlib.decompressobj,
    b"\x78\xda": zlib.decompressobj,
    b"\xfd7zXZ\x00": lzma.LZMADecompressor,
    b"BZh": bz2.BZ2Decompressor,
}
UNREADABLE = {b"7z\xbc\xaf\x27\x1c": "a 7z archive", b"Rar!": "a rar archive", b"\x28\xb5\x2f\xfd": "zstandard"}
BASE64 = re.compile(rb"(?:[A-Za-z0-9+/_-]{4}\s*){10,}(?:[A-Za-z0-9+/_-]{2,3}={0,2})?")
HEX = re.compile(rb"(?:[0-9a-fA-F]{2}){24,}")
DIGITS = re.compile(r"\d{12,}")
DECIMAL = re.compile(r"-?\d+\.\d{6,}(?:e[+-]?\d+)?")
ESCAPED = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)


@dataclass(frozen=True)
class Leak:
    """A secret that was found. file: where, as a path in the folder; what: the secret, in words; seen: how it begins"""

    file: str
    what: str
    seen: str

    def __str__(self) -> str:
        return f"{self.file}: {self.what}: {self.seen}"


class _TooMuch(Exception):
    """Something that is packed too often, or too well, to be looked into."""


def find_leaks(folder: Path, secrets: Secrets) -> list[Leak]:
    """Return every secret found in the files below a folder, links included, one a file and secret."""
    scan = _Scan(secrets)
    found: list[Leak] = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found.append(Leak(name, "a link, which may lead anywhere", str(path.readlink())))
        elif path.is_file():
            found += leaks_in(name, path.read_bytes(), scan)
        found += [Leak(name, what, seen) for what, seen in scan.text(name)]
    return list(dict.fromkeys(found))


def leaks_in(name: str, data: bytes, scan: _Scan) -> Iterator[Leak]:
    """Yield the secrets in one file's bytes."""
    try:
        for place, view in _views(name, data, 0):
            yield from (Leak(place, what, seen) for what, seen in scan.data(view))
            if place.endswith(MARKED_UP):
                text = html.unescape(TAG.sub("", ESCAPED.sub(_unescaped, view.decode("utf-8", "replace"))))
                yield from (Leak(place, what, seen) for what, seen in scan.text(text))
    except _TooMuch as error:
        yield Leak(name, "cannot be looked into", str(error))


class _Scan:
    """Secrets, made ready to be found in one pass over any data."""

    def __init__(self, secrets: Secrets) -> None:
        self.secrets = secrets
        self.short = min((len(text) for text in secrets.texts), default=TELLING)
        self.heads: dict[str, list[str]] = {}
        for text in secrets.texts:
            self.heads.setdefault(text[: self.short], []).append(text)
        numbers = [struct.unpack("<Q", number)[0] for number in secrets.numbers]
        self.numbers = np.array(sorted(numbers), dtype=np.uint64)

    def data(self, data: bytes) -> Iterator[tuple[str, str]]:
        """Yield (what, how it begins) for every secret in some bytes: as text, as text that was escaped, as numbers."""
        text = data.decode("utf-8", "replace")
        yield from self.text(text)
        if "\\" in text:
            yield from self.text(ESCAPED.sub(_unescaped, text))
        yield from self._binary(data)

    def text(self, text: str) -> Iterator[tuple[str, str]]:
        """Yield what is secret in a text."""
        packed = bare(text)
        heads, width = self.heads, self.short
        for place in range(len(packed) - width + 1):
            for needle in heads.get(packed[place : place + width], ()):
                if packed.startswith(needle, place):
                    yield self.secrets.texts[needle], needle[:60]
        for digits in DIGITS.findall(text) if self.secrets.seeds else ():
            if digits in self.secrets.seeds:
                yield self.secrets.seeds[digits], digits
        for word in DECIMAL.findall(text) if self.secrets.numbers else ():
            number = struct.pack("<d", float(word))
            if number in self.secrets.numbers and telling(float(word)):
                yield self.secrets.numbers[number], word

    def _binary(self, data: bytes) -> Iterator[tuple[str, str]]:
        if not len(self.numbers):
            return
        for shift in range(min(8, len(data))):
            count = (len(data) - shift) // 8
            here = np.frombuffer(data, dtype="<u8", count=count, offset=shift)
            places = np.searchsorted(self.numbers, here)
            places[places == len(self.numbers)] = 0
            for index in np.flatnonzero(self.numbers[places] == here)[:5]:
                number = struct.pack("<Q", int(here[index]))
                yield self.secrets.numbers[number], number.hex()


def _unescaped(match: re.Match[str]) -> str:
    if match[1]:
        return chr(int(match[1], 16))
    return {"n": "\n", "t": "\t", "r": "\r"}.get(match[2], match[2])


def _views(name: str, data: bytes, depth: int) -> Iterator[tuple[str, bytes]]:
    """Yield some bytes, and everything that is packed in them."""
    if depth > DEEPEST:
        raise _TooMuch(f"packed more than {DEEPEST} times")
    if len(data) > LARGEST:
        raise _TooMuch(f"more than {LARGEST:,} bytes")
    for magic, kind in UNREADABLE.items():
        if data.startswith(magic):
            raise _TooMuch(kind)
    yield name, data
    for inner, content in _packed(name, data):
        yield from _views(inner, content, depth + 1)


def _packed(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    if data[:4] == b"PK\x03\x04" or zipfile.is_zipfile(io.BytesIO(data)):
        yield from _members_of_zip(name, data)
        return
    if data[257:262] == b"ustar":
        yield from _members_of_tar(name, data)
        return
    for magic, make in PACKED.items():
        for place in _places(data, magic):
            content = _unpacked(data, place, make)
            if content:
                yield f"{name}!{place}", content
    for pattern, decode in ((BASE64, _from_base64), (HEX, _from_hex)):
        for match in pattern.finditer(data):
            content = decode(match[0])
            if content and content != data:
                yield f"{name}!{match.start()}", content


def _members_of_zip(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield f"{name}!", archive.comment
            for member in archive.infolist():
                if member.flag_bits & 1 or member.file_size > LARGEST:
                    raise _TooMuch(f"{member.filename} in it is encrypted or too large")
                yield f"{name}!{member.filename}", archive.read(member) + member.comment + member.extra
    except (zipfile.BadZipFile, NotImplementedError, OSError, zlib.error) as error:
        raise _TooMuch(f"a zip that cannot be read: {error}") from None


def _members_of_tar(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            for member in archive:
                file = archive.extractfile(member) if member.isfile() else None
                if file is not None:
                    yield f"{name}!{member.name}", file.read(LARGEST)
    except (tarfile.TarError, OSError) as error:
        raise _TooMuch(f"a tar that cannot be read: {error}") from None


def _places(data: bytes, magic: bytes) -> Iterator[int]:
    place = data.find(magic)
    while place >= 0:
        yield place
        place = data.find(magic, place + 1)


def _unpacked(data: bytes, place: int, make: Callable[[], Any]) -> bytes:
    """Return what a compressed stream that begins here holds, or nothing if it is none."""
    stream = make()
    try:
        content: bytes = stream.decompress(data[place : place + 64], 64)
        if not content and len(data) - place <= 64:
            return b""
        content = make().decompress(data[place:], LARGEST + 1)
    except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError):
        return b""
    if len(content) > LARGEST:
        raise _TooMuch(f"unpacks to more than {LARGEST:,} bytes")
    return content


def _from_base64(text: bytes) -> bytes:
    packed = re.sub(rb"\s+", b"", text).translate(bytes.maketrans(b"-_", b"+/"))
    try:
        return base64.b64decode(packed.rstrip(b"=") + b"=" * (-len(packed.rstrip(b"=")) % 4))
    except (binascii.Error, ValueError):
        return b""


def _from_hex(text: bytes) -> bytes:
    return bytes.fromhex(text.decode("ascii"))
