"""What a file that is given away holds: its texts, and its numbers in their order.

Read is all that a build of ours is made of: text (also JSON, notebooks and HTML), the wheel, recorded answers, arrays
and pictures. Anything else raises Unreadable, so nothing leaves unread.
"""

from __future__ import annotations

import contextlib
import html
import io
import json
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from PIL import Image

from torchdojo.grading.recorded import read_messages
from torchdojo.wire import EndOfStream, SentTensor, WireError

LARGEST = 2**28
MESSAGE = slice(8, 12)  # where a frame of the wire says that a message begins
ESCAPED = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
TAG = re.compile(r"<[^<>]*>")
NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?", re.IGNORECASE)
Content = str | list[float]


class UnreadableError(Exception):
    """A file that nothing here can read; the text says where it is, and why."""


def read_contents(place: str, data: bytes) -> Iterator[tuple[str, Content]]:
    """Yield (place, text or numbers in a row) for all that is in some bytes; `a.zip!b` is b in a.zip.

    A text comes in each spelling that hides code: as it stands, without escapes, without markup. Unreadable otherwise.
    """
    if len(data) > LARGEST:
        raise UnreadableError(f"{place} has more than {LARGEST:,} bytes")
    read = next((reader for begins, reader in READERS.items() if data.startswith(begins)), None)
    try:
        if data[MESSAGE] == b"TDJ1":
            read = _messages
        yield from (read or _text)(place, data)
    except UnicodeDecodeError:
        raise UnreadableError(f"{place} is neither text nor anything else that the scan can read") from None
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error, lzma.LZMAError) as error:
        raise UnreadableError(f"{place} cannot be unpacked: {error}") from None
    except (WireError, EndOfStream, ValueError, OSError, Image.DecompressionBombError) as error:
        raise UnreadableError(f"{place} cannot be read: {error}") from None


def _text(place: str, data: bytes) -> Iterator[tuple[str, Content]]:
    text = data.decode("utf-8")
    yield from ((place, content) for content in _in_text(text))
    if place.endswith((".json", ".ipynb")):
        with contextlib.suppress(ValueError, RecursionError):  # then it is a text like any other
            yield from ((place, content) for content in _values(json.loads(text)))


def _in_text(text: str) -> Iterator[Content]:
    """Yield a text in each of its spellings, and the numbers in it."""
    plain = ESCAPED.sub(_unescaped, text) if "\\" in text else text
    unmarked = [html.unescape(TAG.sub("", one)) for one in (text, plain) if "<" in one or "&" in one]
    yield from dict.fromkeys([text, plain, *unmarked])
    yield [float(number) for number in NUMBER.findall(text)]


def _unescaped(match: re.Match[str]) -> str:
    if match[1]:
        return chr(int(match[1], 16))
    return {"n": "\n", "t": "\t", "r": "\r"}.get(match[2], match[2])


def _values(value: Any) -> Iterator[Content]:
    """Yield the contents of a tree of values; texts in a list, such as a notebook's lines, are one text."""
    if isinstance(value, SentTensor):
        yield value.tensor.double().flatten().tolist() if value.tensor.is_floating_point() else []
    elif isinstance(value, dict):
        for item in value.values():
            yield from _values(item)
    elif isinstance(value, list | tuple):
        yield from _in_text("".join(item for item in value if isinstance(item, str)))
        yield [float(item) for item in value if isinstance(item, float)]
        yield from (content for item in value if not isinstance(item, str | float) for content in _values(item))
    elif isinstance(value, bytes):
        yield value.decode("latin-1")
    elif isinstance(value, float):
        yield [value]
    elif isinstance(value, str):
        yield from _in_text(value)
    elif isinstance(value, int):
        yield str(value)


def _messages(place: str, data: bytes) -> Iterator[tuple[str, Content]]:
    """Read frames of the wire: recorded answers."""
    for message in read_messages(io.BytesIO(data)):
        yield from ((place, content) for content in _values(message))


def _members(place: str, data: bytes) -> Iterator[tuple[str, Content]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.infolist():
            if member.file_size > LARGEST:
                raise UnreadableError(f"{place}!{member.filename} has more than {LARGEST:,} bytes")
            if not member.is_dir():
                yield from read_contents(f"{place}!{member.filename}", archive.read(member))


def _unpacked(place: str, data: bytes) -> Iterator[tuple[str, Content]]:
    yield from read_contents(f"{place}!", lzma.LZMADecompressor().decompress(data, LARGEST + 1))


def _array(place: str, data: bytes) -> Iterator[tuple[str, Content]]:
    numbers = np.load(io.BytesIO(data), allow_pickle=False)
    yield place, numbers.astype(float).flatten().tolist() if np.issubdtype(numbers.dtype, np.floating) else []


def _picture(place: str, data: bytes) -> Iterator[tuple[str, Content]]:
    """Read what a picture says beside its pixels."""
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
        yield from ((place, content) for content in _values(picture.info))


Reader = Callable[[str, bytes], Iterator[tuple[str, Content]]]
READERS: dict[bytes, Reader] = {
    b"PK\x03\x04": _members,
    b"\xfd7zXZ\x00": _unpacked,
    b"\x93NUMPY": _array,
    b"\x89PNG\r\n\x1a\n": _picture,
    b"\xff\xd8\xff": _picture,
}
