"""Read the texts of a released file, and its numbers in their order.

This reads every kind of file that a release or a site contains: text (also JSON, notebooks and HTML), the wheel,
recorded answers, arrays and pictures. Anything else raises UnreadableError, so that nothing is released unscanned.
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
from torchdojo.wire import EndOfStream, SentArray, SentTensor, WireError

MAX_FILE_BYTES = 2**28
MESSAGE_MAGIC = slice(8, 12)  # where a frame of the wire has the mark of a message
ESCAPED = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
TAG = re.compile(r"<[^<>]*>")
NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?", re.IGNORECASE)
Content = str | list[float]


class UnreadableError(Exception):
    """A file that cannot be scanned; the message says which, and why."""


def read_contents(location: str, data: bytes) -> Iterator[tuple[str, Content]]:
    """Yield (location, text or numbers in a row) for all that is in some bytes; `a.zip!b` is b in a.zip.

    A text comes in each spelling that can hide code: unchanged, without escapes, without markup. UnreadableError if
    the bytes cannot be read.
    """
    if len(data) > MAX_FILE_BYTES:
        raise UnreadableError(f"{location} has more than {MAX_FILE_BYTES:,} bytes")
    read = next((reader for begins, reader in READERS.items() if data.startswith(begins)), None)
    try:
        if data[MESSAGE_MAGIC] == b"TDJ1":
            read = _messages
        yield from (read or _text)(location, data)
    except UnicodeDecodeError:
        raise UnreadableError(f"{location} is neither text nor another kind of file that can be scanned") from None
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error, lzma.LZMAError) as error:
        raise UnreadableError(f"{location} cannot be unpacked: {error}") from None
    except (WireError, EndOfStream, ValueError, OSError, Image.DecompressionBombError) as error:
        raise UnreadableError(f"{location} cannot be read: {error}") from None


def _text(location: str, data: bytes) -> Iterator[tuple[str, Content]]:
    text = data.decode("utf-8")
    yield from ((location, content) for content in _in_text(text))
    if location.endswith((".json", ".ipynb")):
        with contextlib.suppress(ValueError, RecursionError):  # not JSON: scanned as text only
            yield from ((location, content) for content in _values(json.loads(text)))


def _in_text(text: str) -> Iterator[Content]:
    """Yield a text as it is, without escapes and without markup, and the numbers in it."""
    plain = ESCAPED.sub(_unescaped, text) if "\\" in text else text
    unmarked = [html.unescape(TAG.sub("", markup)) for markup in (text, plain) if "<" in markup or "&" in markup]
    yield from dict.fromkeys([text, plain, *unmarked])
    yield [float(number) for number in NUMBER.findall(text)]


def _unescaped(match: re.Match[str]) -> str:
    if match[1]:
        return chr(int(match[1], 16))
    return {"n": "\n", "t": "\t", "r": "\r"}.get(match[2], match[2])


def _values(value: Any) -> Iterator[Content]:
    """Yield the contents of nested values; the strings of a list, such as the lines of a notebook, are joined."""
    if isinstance(value, SentTensor):
        yield value.tensor.double().flatten().tolist() if value.tensor.is_floating_point() else []
    elif isinstance(value, SentArray):
        yield from _values(value.as_tensor())
    elif isinstance(value, dict):
        for item in value.values():
            yield from _values(item)
    elif isinstance(value, list | tuple | set | frozenset):
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


def _messages(location: str, data: bytes) -> Iterator[tuple[str, Content]]:
    """Read recorded answers: frames of the wire."""
    for message in read_messages(io.BytesIO(data)):
        yield from ((location, content) for content in _values(message))


def _zip_members(location: str, data: bytes) -> Iterator[tuple[str, Content]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.infolist():
            if member.file_size > MAX_FILE_BYTES:
                raise UnreadableError(f"{location}!{member.filename} has more than {MAX_FILE_BYTES:,} bytes")
            if not member.is_dir():
                yield from read_contents(f"{location}!{member.filename}", archive.read(member))


def _xz(location: str, data: bytes) -> Iterator[tuple[str, Content]]:
    yield from read_contents(f"{location}!", lzma.LZMADecompressor().decompress(data, MAX_FILE_BYTES + 1))


def _array(location: str, data: bytes) -> Iterator[tuple[str, Content]]:
    numbers = np.load(io.BytesIO(data), allow_pickle=False)
    yield location, numbers.astype(float).flatten().tolist() if np.issubdtype(numbers.dtype, np.floating) else []


def _image(location: str, data: bytes) -> Iterator[tuple[str, Content]]:
    """Read the metadata of an image."""
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        yield from ((location, content) for content in _values(image.info))


Reader = Callable[[str, bytes], Iterator[tuple[str, Content]]]
READERS: dict[bytes, Reader] = {
    b"PK\x03\x04": _zip_members,
    b"\xfd7zXZ\x00": _xz,
    b"\x93NUMPY": _array,
    b"\x89PNG\r\n\x1a\n": _image,
    b"\xff\xd8\xff": _image,
}
