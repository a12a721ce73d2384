"""The leak scan: whatever is planted, and however it is packed, is found; what may be given away is not."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import json
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import TESTS
from torchdojo.authoring.leaks import find_leaks
from torchdojo.authoring.record import SECRET, rehearsed
from torchdojo.authoring.release import ReleaseError, make_release
from torchdojo.authoring.secrets import Secrets, bare, secrets_of
from torchdojo.course import Course, load_course
from torchdojo.wire import encode

SOLUTION = '    if x.numel() == 0:\n        raise ValueError("x is empty")\n    return 2 * x\n'
HIDDEN_CHECK = 'def test_refuses_nothing(rejects, probes):\n    """An empty tensor is refused."""\n'
MISTAKE = (TESTS / "tiny/graders/ch1_tiny/mistakes/double/in_place.py").read_text().partition("FAILS")[2]


def zipped(data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/b.txt", data)
    return buffer.getvalue()


def tarred(data: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        info = tarfile.TarInfo("a.txt")
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "plain": lambda data: data,
    "zip": zipped,
    "tar.gz": tarred,
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zlib": zlib.compress,
    "zlib inside other bytes": lambda data: b"\x00head\xff" + zlib.compress(data) + b"tail",
    "base64": base64.b64encode,
    "base64 in lines": base64.encodebytes,
    "urlsafe base64": base64.urlsafe_b64encode,
    "hex": lambda data: data.hex().encode(),
    "json": lambda data: json.dumps({"cells": [data.decode("latin-1")]}).encode(),
    "base64 of gzip": lambda data: b'DATA = "' + base64.b64encode(gzip.compress(data)) + b'"\n',
    "zip in a zip": lambda data: zipped(zipped(data)),
    "a message of the wire": lambda data: encode({"text": data.decode("latin-1"), "x": torch.ones(2)}),
    "numpy's archive": lambda data: _npz(data),
}


def _npz(data: bytes) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, a=np.frombuffer(data, dtype=np.uint8))
    return buffer.getvalue()


@pytest.fixture(scope="module")
def secrets() -> Secrets:
    return secrets_of(load_course(TESTS / "tiny"))


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("text", [SOLUTION, HIDDEN_CHECK, MISTAKE], ids=["solution", "hidden check", "mistake"])
def test_a_planted_text_is_found(secrets: Secrets, tmp_path: Path, packing: str, text: str) -> None:
    planted = f"# some words before\n{text}\n# and after\n".encode()
    (tmp_path / "harmless.bin").write_bytes(PACKINGS[packing](planted))
    found = find_leaks(tmp_path, secrets)
    assert found
    assert found[0].file.startswith("harmless.bin")


def test_a_text_is_found_in_a_page_with_colours_and_entities(secrets: Secrets, tmp_path: Path) -> None:
    line = '<span class="k">raise</span> <b>ValueError</b>(&quot;x <i>is</i> empty&quot;)'
    (tmp_path / "index.html").write_text(f"<pre>if x.numel() <em>==</em> 0:\n  {line}\n  <a>return</a> 2*x</pre>")
    assert find_leaks(tmp_path, secrets)


def hidden_numbers() -> tuple[torch.Tensor, int]:
    """What the reference gives in a hidden check, and a seed of its inputs."""
    course = load_course(TESTS / "tiny")
    (asked,) = (a for r, a in rehearsed(course, course.chapter[0], SECRET) if r.check == "float32")
    calls, outputs = asked[0]
    return outputs[0]["y"].tensor, calls[0].seed


@pytest.mark.parametrize("packing", ["plain", "gzip", "base64", "zip"])
def test_a_hidden_number_is_found(secrets: Secrets, tmp_path: Path, packing: str) -> None:
    tensor, seed = hidden_numbers()
    for name, data in (("numbers", b"\x01\x02\x03" + tensor.numpy().tobytes()), ("seed", f"seed: {seed}\n".encode())):
        (tmp_path / name).write_bytes(PACKINGS[packing](data * 4))
        (leak,) = {leak.what for leak in find_leaks(tmp_path, secrets)}
        assert "hidden check ch1_tiny/double/float32" in leak
        (tmp_path / name).unlink()


def test_a_float_is_found_as_text(tmp_path: Path) -> None:
    number = 0.7310585786300049
    secrets = Secrets(numbers={struct.pack("<d", number): "an expected value"})
    (tmp_path / "a.json").write_text(json.dumps({"expected": [1.0, number]}))
    assert [leak.what for leak in find_leaks(tmp_path, secrets)] == ["an expected value"]


@settings(max_examples=60, deadline=None)
@given(
    before=st.binary(max_size=200),
    after=st.binary(max_size=200),
    packings=st.lists(st.sampled_from(["zip", "gzip", "xz", "base64", "zlib", "plain"]), max_size=4),
)
def test_a_secret_is_found_wherever_and_however_deep(
    tmp_path_factory: pytest.TempPathFactory, before: bytes, after: bytes, packings: list[str]
) -> None:
    secret = b"a sentence that nobody outside may ever read, not even in part"
    folder = tmp_path_factory.mktemp("planted")
    data = before + secret + after
    for packing in packings:
        data = PACKINGS[packing](data)
    (folder / "file").write_bytes(data)
    assert find_leaks(folder, Secrets(texts={bare(secret.decode()): "the sentence"}))


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=3000))
def test_other_bytes_are_no_leak(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.mktemp("innocent")
    (folder / "file").write_bytes(data)
    secret = Secrets(texts={bare("a sentence that nobody outside may ever read"): "the sentence"})
    assert not [leak for leak in find_leaks(folder, secret) if leak.what == "the sentence"]


def test_what_cannot_be_looked_into_is_a_finding(secrets: Secrets, tmp_path: Path) -> None:
    (tmp_path / "a.7z").write_bytes(b"7z\xbc\xaf\x27\x1c" + b"\0" * 100)
    deep = b"x"
    for _ in range(9):
        deep = zipped(deep)
    (tmp_path / "deep.zip").write_bytes(deep)
    (tmp_path / "link").symlink_to("/etc/hostname")
    found = {leak.file.partition("!")[0]: leak.what for leak in find_leaks(tmp_path, secrets)}
    assert found["a.7z"] == found["deep.zip"] == "cannot be looked into"
    assert found["link"] == "a link, which may lead anywhere"


def plant_in_probes(root: Path) -> None:
    path = root / "graders/ch1_tiny/probes.py"
    path.write_text(
        path.read_text().replace(
            "    y = ch.double(x)\n", f"    # {' '.join(SOLUTION.split())}\n    y = ch.double(x)\n"
        )
    )


def plant_in_a_run(root: Path) -> None:
    (root / "runs").mkdir()
    (root / "runs/ch1_tiny.py").write_text(f"def double(x):\n{SOLUTION}")


def plant_in_prose(root: Path) -> None:
    path = root / "constraints.txt"
    path.write_text("# " + base64.b64encode(zlib.compress(SOLUTION.encode())).decode() + "\n")


@pytest.mark.parametrize("plant", [plant_in_probes, plant_in_a_run, plant_in_prose])
def test_a_release_with_a_leak_is_not_made(tiny_root: Path, tmp_path: Path, plant: Callable[[Path], None]) -> None:
    plant(tiny_root)
    out = tmp_path / "releases/out"
    with pytest.raises(ReleaseError, match="would give away"):
        make_release(load_course(tiny_root), out, wheel=False)
    assert list(out.parent.iterdir()) == []


def test_a_clean_release_has_no_leak(tiny_course: Course, secrets: Secrets, tmp_path: Path) -> None:
    assert find_leaks(make_release(tiny_course, tmp_path / "out", wheel=False), secrets) == []
