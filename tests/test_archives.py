"""Archives as tools make them and as attackers do: what is read, what is listed with its reason, and what is refused."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import stat
import struct
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from torchdojo.archives import (
    DOWNLOAD_LIMITS,
    HEAD_BYTES,
    STUDENT_LIMITS,
    ArchiveError,
    ArchiveLimits,
    archive_stem,
    is_archive_name,
    open_archive,
    sniff,
)
from torchdojo.collect.expand import expand, is_archive
from torchdojo.collect.submitted_paths import (
    ROUTINE_REASONS,
    Listing,
    SubmittedPath,
    list_archive,
    list_folder,
)
from torchdojo.source.files import SourceError

NAME = "ch1_tiny.py"
CODE = b"def double(x):\n    return 2 * x\n"


def zipped(files: Mapping[str, bytes] | Iterable[tuple[str | zipfile.ZipInfo, bytes]], method: int = 8) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as archive:
        for name, content in files.items() if isinstance(files, Mapping) else files:
            archive.writestr(name, content)
    return data.getvalue()


def tarred(
    files: Mapping[str, bytes | tarfile.TarInfo], mode: str = "w:", form: int = tarfile.PAX_FORMAT, **changes: object
) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode=mode, format=form) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            if isinstance(content, bytes):
                info = tarfile.TarInfo(name)
                info.size, info.mtime = len(content), 1_700_000_000
                archive.addfile(info, io.BytesIO(content))
            else:
                content.name = name
                archive.addfile(content)
    return data.getvalue()


def tar_entry(kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo()
    info.type, info.linkname = kind, target
    return info


def special(name: str, mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = mode << 16
    return info


def patched(data: bytes, old: bytes, new: bytes) -> bytes:
    assert len(old) == len(new)
    assert old in data
    return data.replace(old, new)


def protected(data: bytes) -> bytes:
    """The zip with its first entry marked as encrypted."""
    place = data.index(b"PK\1\2") + 8
    return data[:place] + b"\1" + data[place + 1 :]


def compressed_with(data: bytes, method: int) -> bytes:
    """The zip with its first entry marked as compressed with another method."""
    place = data.index(b"PK\1\2") + 10
    return data[:place] + struct.pack("<H", method) + data[place + 2 :]


def read_all(data: bytes | Path, name: str = "work.zip", limits: ArchiveLimits = STUDENT_LIMITS) -> dict[str, bytes]:
    with open_archive(data, name, limits) as archive:
        return {"/".join(member.parts): archive.read(member, 10**6) for member in archive.members}


def skipped(data: bytes, name: str = "work.zip") -> list[tuple[str, str]]:
    with open_archive(data, name, STUDENT_LIMITS) as archive:
        return archive.skipped


def submitted(name: str, data: bytes) -> SubmittedPath:
    return SubmittedPath(
        tuple(name.split("/")),
        name,
        modified=None,
        read_bytes=lambda max_bytes: data,
        read_head=lambda: data[:HEAD_BYTES],
    )


@contextmanager
def expanded(files: Mapping[str, bytes], limits: ArchiveLimits = STUDENT_LIMITS) -> Iterator[Listing]:
    with ExitStack() as open_archives:
        yield expand([submitted(name, data) for name, data in files.items()], limits, open_archives)


def locations(listing: Listing) -> list[str]:
    return [path.location for path in listing.paths]


def reasons(listing: Listing) -> dict[str, str]:
    return {path.location: reason for path, reason in listing.skipped}


# --- the kind is told by the content ----------------------------------------------------------------------------------


FORMS: dict[str, bytes] = {
    "zip": zipped({NAME: CODE, "data/x.csv": b"1"}),
    "zip, stored": zipped({NAME: CODE, "data/x.csv": b"1"}, zipfile.ZIP_STORED),
    "zip behind something": b"#!/bin/sh\nexit\n\0\xff" + zipped({NAME: CODE, "data/x.csv": b"1"}),
    "tar": tarred({NAME: CODE, "data/x.csv": b"1"}),
    "tar of GNU": tarred({NAME: CODE, "data/x.csv": b"1"}, form=tarfile.GNU_FORMAT),
    "tar of POSIX 1988": tarred({NAME: CODE, "data/x.csv": b"1"}, form=tarfile.USTAR_FORMAT),
    "tar.gz": tarred({NAME: CODE, "data/x.csv": b"1"}, "w:gz"),
    "tar.bz2": tarred({NAME: CODE, "data/x.csv": b"1"}, "w:bz2"),
    "tar.xz": tarred({NAME: CODE, "data/x.csv": b"1"}, "w:xz"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["work.zip", "work.tar.gz", "work.zip.zip"])
def test_every_form_is_read_whatever_its_name(tmp_path: Path, form: str, name: str) -> None:
    if form.startswith("zip behind") and not name.endswith("zip"):
        return
    wanted = {NAME: CODE, "data/x.csv": b"1"}
    assert read_all(FORMS[form], name) == wanted
    (tmp_path / name).write_bytes(FORMS[form])
    assert read_all(tmp_path / name, name, DOWNLOAD_LIMITS) == wanted


@pytest.mark.parametrize(
    ("data", "suffix"),
    [
        (gzip.compress(CODE, mtime=0), ".gz"),
        (gzip.compress(CODE[:9], mtime=0) + gzip.compress(CODE[9:], mtime=0), ".gz"),
        (bz2.compress(CODE), ".bz2"),
        (lzma.compress(CODE), ".xz"),
        (lzma.compress(CODE[:9]) + b"\0" * 8 + lzma.compress(CODE[9:]), ".xz"),
    ],
    ids=["gzip", "two of gzip", "bzip2", "xz", "two of xz"],
)
def test_a_compressed_file_is_an_archive_with_that_file(data: bytes, suffix: str) -> None:
    assert read_all(data, NAME + suffix) == {NAME: CODE}


REFUSED: dict[str, tuple[str, bytes, str]] = {
    "rar": ("work.rar", b"Rar!\x1a\x07\x01\x00" + b"\x33" * 60, "is a RAR archive, which cannot be read here; ask for"),
    "old rar named zip": ("work.zip", b"Rar!\x1a\x07\x00" + b"\x33" * 60, "is a RAR archive"),
    "7z": ("work.7z", b"7z\xbc\xaf\x27\x1c\x00\x04" + b"\x33" * 60, "is a 7z archive, which cannot be read here; ask"),
    "7z named zip": ("work.zip", b"7z\xbc\xaf\x27\x1c\x00\x04" + b"\x33" * 60, "is a 7z archive"),
    "ace": ("work.ace", b"\x11\x22\x33\x00\x00\x90\x00**ACE**\x14", "is an ACE archive"),
    "zstd": ("work.tar.zst", b"\x28\xb5\x2f\xfd" + b"\x33" * 60, "is a Zstandard archive"),
    "dmg": ("work.dmg", b"\x78\xda\x63\x60" + b"\x33" * 600, "is a macOS disk image"),
    "lzma": ("work.tar.lzma", b"\x5d\0\0\x80\0" + b"\x33" * 60, "is an LZMA archive"),
    "split": ("work.zip", b"PK\7\x08PK\3\4" + b"\x33" * 60, "is a part of a split zip file"),
    "second part": ("work.z02", b"\xff\xfe" * 30, "is a part of a split zip file"),
    "old office": ("work.zip", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "is an Office document and not"),
    "word": ("work.zip", zipped({"[Content_Types].xml": b"<", "word/document.xml": b"<"}), "is a Word document"),
    "odt": ("work.zip", zipped({"mimetype": b"x", "META-INF/manifest.xml": b"<"}), "is an OpenDocument file"),
    "pdf": ("work.zip", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "is a PDF document and not an archive"),
    "png": ("work.zip", b"\x89PNG\r\n\x1a\n" + b"\0" * 60, "is an image and not an archive"),
    "error page": ("work.zip", b"\n<!DOCTYPE html>\n<html><body>Please log in", "is a web page and not an archive"),
    "error page in tgz": ("work.tgz", b"<HTML>", "is a web page and not an archive"),
    "python": ("work.zip", CODE, "is a text file and not an archive"),
    "python in gz": ("work.py.gz", "# é".encode() * 300, "is a text file and not an archive"),
    "noise": ("work.zip", b"\xff\xfe\x80\x01" * 99, "is not a zip file, or its end is missing"),
    "noise in tar": ("work.tar", b"\xff\xfe\x80\x01" * 99, "is not an archive, or is damaged"),
    "torn zip": ("work.zip", FORMS["zip"][:90], "its end is missing, as after an interrupted upload"),
    "torn tar": ("work.tar", tarred({NAME: CODE * 99})[:2000], "its end is missing, as after an interrupted upload"),
    "torn tar.gz": ("work.tgz", FORMS["tar.gz"][:-20], "is damaged"),
    "torn tar.xz": ("work.txz", FORMS["tar.xz"][:-30], "is damaged"),
    "empty file": ("work.zip", b"", "is an empty file"),
    "empty zip": ("work.zip", zipped({}), "is an empty archive"),
    "empty tar": ("work.tar", tarred({}), "is an empty archive"),
    "empty tar.gz": ("work.tar.gz", tarred({}, "w:gz"), "is an empty archive"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_read_is_called_what_it_is(tmp_path: Path, case: str) -> None:
    name, data, words = REFUSED[case]
    (tmp_path / name).write_bytes(data)
    for source in (data, tmp_path / name):
        with pytest.raises(ArchiveError) as refusal:
            open_archive(source, name, STUDENT_LIMITS)
        assert words in str(refusal.value)
    assert is_archive(submitted(name, data))


@pytest.mark.parametrize(
    "name", ["a.zip", "a.ZIP", "a.tar.gz", "a.tgz", "a.rar", "a.7z", "a.py.gz", "a (1).zip", "a.zip "]
)
def test_names_of_archives(name: str) -> None:
    assert is_archive_name(name)


def test_the_stem_of_an_archives_name() -> None:
    names = ["ada.zip", "ada.tar.gz", "ada.TGZ", "ada v1.2.zip", "ada", ".zip"]
    assert [archive_stem(name) for name in names] == ["ada", "ada", "ada", "ada v1.2", "ada", ".zip"]


@pytest.mark.parametrize("name", ["homework", "homework.zip (1)", "homework.zip.txt", "homework.pdf"])
def test_a_zip_with_another_name_is_one(name: str) -> None:
    with expanded({f"ada/{name}": FORMS["zip"]}) as listing:
        assert locations(listing) == [f"ada/{name}:{NAME}", f"ada/{name}:data/x.csv"]


@pytest.mark.parametrize("name", [NAME, "ch1.ipynb", "report.docx", "model.pt", "weights.npz"])
def test_a_file_that_is_a_zip_only_inside_is_none(name: str) -> None:
    with expanded({name: FORMS["zip"]}) as listing:
        assert locations(listing) == [name]
        assert not listing.skipped


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=700))
def test_a_text_is_never_taken_for_an_archive(text: str) -> None:
    assert sniff(b"# " + text.encode("utf-8", "replace")) == ""


# --- one entry costs no other -----------------------------------------------------------------------------------------


LEFT_OUT: dict[str, tuple[Callable[[], bytes], str]] = {
    "link": (lambda: zipped([(special("bad", stat.S_IFLNK | 0o777), b"/etc/passwd"), (NAME, CODE)]), "symbolic link"),
    "pipe": (lambda: zipped([(special("bad", stat.S_IFIFO | 0o644), b""), (NAME, CODE)]), "neither a file nor"),
    "device": (lambda: zipped([(special("bad", stat.S_IFCHR | 0o644), b""), (NAME, CODE)]), "neither a file nor"),
    "password": (lambda: protected(zipped({"bad": b"x", NAME: CODE})), "protected with a password"),
    "deflate64": (lambda: compressed_with(zipped({"bad": b"x", NAME: CODE}), 9), "compressed with Deflate64"),
    "zstd": (lambda: compressed_with(zipped({"bad": b"x", NAME: CODE}), 93), "compressed with Zstandard"),
    "lzma": (lambda: compressed_with(zipped({"bad": b"x", NAME: CODE}), 14), "compressed with LZMA"),
    "unknown method": (lambda: compressed_with(zipped({"bad": b"x", NAME: CODE}), 77), "compressed with method 77"),
    "tar link": (lambda: tarred({"bad": tar_entry(tarfile.SYMTYPE, "/etc/passwd"), NAME: CODE}), "symbolic link"),
    "tar hard link": (lambda: tarred({"bad": tar_entry(tarfile.LNKTYPE, "/etc/passwd"), NAME: CODE}), "is a link to"),
    "tar pipe": (lambda: tarred({"bad": tar_entry(tarfile.FIFOTYPE), NAME: CODE}), "neither a file nor a folder"),
    "tar device": (lambda: tarred({"bad": tar_entry(tarfile.CHRTYPE), NAME: CODE}), "neither a file nor a folder"),
}


@pytest.mark.parametrize("case", LEFT_OUT)
def test_an_entry_that_cannot_be_read_is_listed_and_the_others_are_read(case: str) -> None:
    make, words = LEFT_OUT[case]
    assert read_all(make()) == {NAME: CODE}
    ((name, reason),) = skipped(make())
    assert name == "bad"
    assert words in reason


def test_an_invalid_name_and_one_too_deep_are_listed() -> None:
    data = patched(
        zipped({"a_b.py": b"x", "a/" * 40 + NAME: b"x", "a" * 5000: b"x", NAME: CODE}), b"a_b.py", b"a\0b.py"
    )
    assert read_all(data) == {NAME: CODE}
    assert [reason for _, reason in skipped(data)] == [
        "has an invalid name",
        "is nested deeper than 32 folders",
        "has an invalid name",
    ]


def test_a_name_twice_gives_the_later_file_and_is_listed_unless_they_are_equal() -> None:
    different = patched(zipped({"a/x.py": b"1", "a/y.py": b"2"}), b"a/y.py", b"a/x.py")
    assert read_all(different) == {"a/x.py": b"2"}
    assert skipped(different) == [("a/x.py", "is in the archive twice, and the later one was read")]
    equal = zipped({"a/x.py": CODE, "a//x.py": CODE})
    assert (read_all(equal), skipped(equal)) == ({"a/x.py": CODE}, [])
    appended = io.BytesIO(tarred({NAME: b"old"}))
    with tarfile.open(fileobj=appended, mode="a:") as archive:
        info = tarfile.TarInfo(NAME)
        info.size = len(CODE)
        archive.addfile(info, io.BytesIO(CODE))
    assert read_all(appended.getvalue()) == {NAME: CODE}


def test_names_that_some_systems_cannot_tell_apart_are_all_kept() -> None:
    files = {
        "X.py": b"1",
        "x.py": b"2",
        "caf\N{LATIN SMALL LETTER E WITH ACUTE}.py": b"3",
        "cafe\N{COMBINING ACUTE ACCENT}.py": b"4",
    }
    assert read_all(zipped(files)) == files
    assert read_all(tarred(files)) == files


def test_a_hard_link_in_a_tar_is_the_file_that_it_links_to() -> None:
    data = tarred({"a.py": CODE, "b.py": tar_entry(tarfile.LNKTYPE, "a.py")})
    assert read_all(data) == {"a.py": CODE, "b.py": CODE}


def test_a_sparse_file_is_listed_and_what_follows_it_is_read() -> None:
    sparse = bytearray(tarred({"big.bin": b"x" * 600}, form=tarfile.GNU_FORMAT)[: 512 + 1024])
    sparse[156:157] = b"S"
    sparse[482:483] = b"\1"
    sparse[148:156] = b" " * 8
    sparse[148:156] = b"%06o\0 " % sum(sparse[:512])
    data = bytes(sparse[:512]) + b"\0" * 512 + bytes(sparse[512:]) + tarred({NAME: CODE})
    assert read_all(data) == {NAME: CODE}
    assert [name for name, _ in skipped(data)] == ["big.bin"]


def test_a_file_whose_name_is_spelled_differently_before_its_data_is_read() -> None:
    data = zipped({"a/x.py": CODE})
    assert read_all(data.replace(b"a/x.py", b"a\\x.py", 1)) == {"a/x.py": CODE}


def test_an_archive_in_which_nothing_can_be_read_is_refused_with_the_one_reason() -> None:
    data = zipped((special(f"f{i}", stat.S_IFLNK | 0o777), b"x") for i in range(40))
    with pytest.raises(ArchiveError, match="contains 40 files, and each of them is a symbolic link"):
        open_archive(data, "work.zip", STUDENT_LIMITS)


def test_the_last_part_of_a_split_zip_gives_its_own_files() -> None:
    data = bytearray(zipped({"bad": b"x", NAME: CODE}))
    first = data.index(b"PK\1\2")
    second, end = data.index(b"PK\1\2", first + 4), data.index(b"PK\5\6")
    data[second + 34] = data[end + 4] = 2
    ((name, reason),) = skipped(bytes(data))
    assert (name, reason.partition(";")[0]) == ("bad", "is in another part of a split zip file")
    assert read_all(bytes(data)) == {NAME: CODE}


def test_damaged_data_costs_only_its_file() -> None:
    data = zipped({"a.py": b"A" * 99, NAME: CODE}, zipfile.ZIP_STORED)
    with open_archive(data.replace(b"AAA", b"ABA", 1), "work.zip", STUDENT_LIMITS) as archive:
        bad, good = archive.members
        assert archive.read(good, 1000) == CODE
        with pytest.raises(SourceError, match="is damaged inside its archive"):
            archive.read(bad, 1000)


# --- names as tools store them ----------------------------------------------------------------------------------------


def stored_as(raw: bytes, extra: bytes = b"") -> bytes:
    """A zip with an entry whose name is these bytes, without the UTF-8 flag."""
    info = zipfile.ZipInfo("@" * len(raw))
    info.extra = extra
    return zipped([(info, CODE)]).replace(b"@" * len(raw), raw)


def unicode_path(name: str, raw: bytes) -> bytes:
    data = struct.pack("<BL", 1, zlib.crc32(raw)) + name.encode()
    return struct.pack("<HH", 0x7075, len(data)) + data


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (stored_as("Übung/ch1_müller.py".encode()), "Übung/ch1_müller.py"),  # macOS
        (stored_as("作业/ch1_tiny.py".encode()), "作业/ch1_tiny.py"),
        (stored_as("Müller.py".encode("cp437")), "Müller.py"),  # Windows
        (stored_as(b"M?ller.py", unicode_path("Müller.py", b"M?ller.py")), "Müller.py"),  # Info-ZIP
        (stored_as(b"M?ller.py", unicode_path("Müller.py", b"another")), "M?ller.py"),
        (stored_as(b"M?ller.py", b"\x75\x70\xff\x01"[:4] + b"\1" * 511), "M?ller.py"),
        (stored_as(b"work\\deep\\ch1.py"), "work/deep/ch1.py"),
        (stored_as(b"./work//ch1.py"), "work/ch1.py"),
        (stored_as(b"a:b.py"), "a:b.py"),  # a slash in Finder
        (stored_as(b"tab\there.py"), "tab\there.py"),
    ],
)
def test_a_name_comes_back_as_it_was(data: bytes, name: str) -> None:
    assert read_all(data) == {name: CODE}


@pytest.mark.parametrize("encoding", ["cp932", "gbk", "big5", "euc_kr", "cp1251", "koi8_r", "cp1255"])
@pytest.mark.parametrize("text", ["表予能ソ", "作业", "許功蓋", "숙제", "Работа", "שלום"])
def test_names_in_other_code_pages_lose_no_file(encoding: str, text: str) -> None:
    raws = [text.encode(encoding, "ignore") + b"%d_ch1.py" % number for number in range(2)]
    infos = [(zipfile.ZipInfo(str(number) * len(raw)), CODE) for number, raw in enumerate(raws)]
    data = zipped(infos)
    for number, raw in enumerate(raws):
        data = data.replace(str(number).encode() * len(raw), raw)
    found = read_all(data)
    assert list(found.values()) == [CODE, CODE]
    assert all(name.endswith("_ch1.py") for name in found)


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_names_and_names_in_any_script_in_a_tar(form: int) -> None:
    files = {"long/" * 25 + NAME: CODE, "Übung/作业.py": b"1", "x" * 200 + ".py": b"2", "\udcff.py": b"3"}
    assert read_all(tarred(files, form=form)) == files


def test_times_of_files_are_kept() -> None:
    unix = struct.pack("<HHBl", 0x5455, 5, 1, 1_700_000_000)
    for data in (tarred({NAME: CODE}), stored_as(b"x.py", unix)):
        with open_archive(data, "work", STUDENT_LIMITS) as archive:
            modified = archive.members[0].modified
            assert modified
            assert modified.timestamp() == 1_700_000_000
    local = zipfile.ZipInfo(NAME, (2026, 3, 1, 9, 30, 0))
    with open_archive(zipped([(local, CODE)]), "work", STUDENT_LIMITS) as archive:
        assert archive.members[0].modified == datetime(2026, 3, 1, 9, 30)  # by its creator's clocks


# --- attacks refuse the archive ---------------------------------------------------------------------------------------


def many(count: int) -> bytes:
    return zipped((f"f{i}", b"") for i in range(count))


def tar_bomb(mode: str) -> bytes:
    return tarred({"zeros.bin": b"\0" * 30_000_000}, mode)


ATTACKS: dict[str, tuple[Callable[[], bytes], str]] = {
    "traversal": (lambda: zipped({f"../{NAME}": b"x"}), "outside its folder"),
    "deep traversal": (lambda: zipped({f"a/../../../{NAME}": b"x"}), "outside its folder"),
    "absolute": (lambda: zipped({f"/tmp/{NAME}": b"x"}), "outside its folder"),
    "drive": (lambda: zipped({f"C:/{NAME}": b"x"}), "outside its folder"),
    "backslashes": (lambda: zipped({f"..\\..\\{NAME}": b"x"}), "outside its folder"),
    "hidden in the second name": (lambda: stored_as(b"x.py", unicode_path("../x.py", b"x.py")), "outside its folder"),
    "link and traversal": (lambda: zipped([(special("../x", stat.S_IFLNK), b"x")]), "outside its folder"),
    "tar traversal": (lambda: tarred({f"../{NAME}": b"x"}), "outside its folder"),
    "tar absolute": (lambda: tarred({f"/tmp/{NAME}": b"x"}, form=tarfile.GNU_FORMAT), "outside its folder"),
    "tar.gz absolute": (lambda: tarred({f"/tmp/{NAME}": b"x"}, "w:gz"), "outside its folder"),
    "too many": (lambda: many(20_001), "too many entries: 20,001, at most 20,000 are read"),
    "too many in a tar": (lambda: tarred({f"f{i}": b"" for i in range(20_001)}, "w:gz"), "more than 20,000 in all"),
    "bomb": (lambda: zipped({"zeros.bin": b"\0" * 30_000_000}), "a zip bomb"),
    "tar.gz bomb": (lambda: tar_bomb("w:gz"), "a decompression bomb"),
    "tar.bz2 bomb": (lambda: tar_bomb("w:bz2"), "a decompression bomb"),
    "tar.xz bomb": (lambda: tar_bomb("w:xz"), "a decompression bomb"),
    "huge by its word": (
        lambda: patched(zipped({NAME: b"12345"}), struct.pack("<LL", 7, 5), struct.pack("<LL", 7, 0xFFFFFFF0)),
        "would unpack to",
    ),
    "end alone, lying": (lambda: struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 65535, 65535, 2**31, 0, 0), "entries"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused_with_its_cause(attack: str) -> None:
    make, words = ATTACKS[attack]
    with pytest.raises(ArchiveError, match=words):
        open_archive(make(), "work.zip", STUDENT_LIMITS)


def test_an_entry_that_holds_more_than_it_says_is_cut_off() -> None:
    data = zipped({NAME: b"\0" * 3_000_000})
    honest, lying = struct.pack("<L", 3_000_000), struct.pack("<L", 1000)
    with open_archive(patched(data, honest, lying), "a.zip", STUDENT_LIMITS) as archive:
        with pytest.raises(SourceError, match="is too large"):
            archive.read(archive.members[0], 1_000_000)
        assert archive.head(archive.members[0]) == b"\0" * HEAD_BYTES


def test_a_compressed_bomb_of_one_file_is_cut_off() -> None:
    with open_archive(gzip.compress(b"a" * 30_000_000, mtime=0), "ch1.py.gz", STUDENT_LIMITS) as archive:
        started = time.monotonic()
        with pytest.raises(SourceError, match="is too large"):
            archive.read(archive.members[0], 1_000_000)
        assert time.monotonic() - started < 1


# --- folders, hidden files and system files ---------------------------------------------------------------------------


JUNK = {
    f"ada/{NAME}": CODE,
    "ada/.ch1_tiny.py": CODE,
    "ada/.DS_Store": b"x",
    "ada/.git/objects/ab/cd": b"x",
    "ada/.git/HEAD": b"x",
    f"ada/__pycache__/{NAME}c": b"x",
    "__MACOSX/ada/._ch1_tiny.py": b"x",
    "ada/._ch1_tiny.py": b"x",
    "bob/.DS_Store": b"x",
    "Thumbs.db": b"x",
}
JUNK_REASONS = {
    "ada/.ch1_tiny.py": "is a hidden file",
    "ada/.DS_Store": "is a system file",
    "ada/.git": "is a hidden folder",
    "ada/__pycache__": "is a system folder",
    "ada/._ch1_tiny.py": "is a system file",
    "__MACOSX": "is a system folder",
    "bob/.DS_Store": "is a system file",
    "Thumbs.db": "is a system file",
}


def check_junk(listing: Listing) -> None:
    assert [path.parts for path in listing.paths] == [("ada", NAME), ("bob", ""), ("cleo", "deep", "")]
    assert {path.shown: reason for path, reason in listing.skipped} == JUNK_REASONS
    assert set(JUNK_REASONS.values()) == ROUTINE_REASONS
    with pytest.raises(SourceError, match="is an empty folder"):
        listing.paths[1].read_bytes(10)


def test_hidden_and_system_files_are_listed_once_for_each_folder(tmp_path: Path) -> None:
    for name, content in JUNK.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    (tmp_path / "cleo/deep").mkdir(parents=True)
    check_junk(list_folder(tmp_path))


@pytest.mark.parametrize("make", [zipped, tarred])
def test_hidden_and_system_files_in_an_archive_are_listed_once_for_each_folder(
    make: Callable[[Mapping[str, bytes]], bytes],
) -> None:
    files = {**JUNK, "cleo/deep/.x": b""}
    with open_archive(make(files), "work", STUDENT_LIMITS) as archive:
        listing = list_archive(archive, "work")
        listing = Listing(listing.paths, [one for one in listing.skipped if one[0].name != ".x"])
        check_junk(listing)


def test_folders_without_a_slash_and_files_with_one_are_what_they_are() -> None:
    data = zipped([(special("work", stat.S_IFDIR | 0o755), b""), ("work/a.py", CODE), ("b.py/", CODE), ("/", b"")])
    with open_archive(data, "work", STUDENT_LIMITS) as archive:
        assert [path.parts for path in list_archive(archive, "work").paths] == [("b.py",), ("work", "a.py")]


def test_more_archives_are_open_than_files_may_be(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    count = 300
    for number in range(count):
        (tmp_path / f"{number}.zip").write_bytes(FORMS["zip"])
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(200, hard), hard))
    try:
        with ExitStack() as open_archives:
            listing = expand(list_folder(tmp_path).paths, STUDENT_LIMITS, open_archives)
            assert [path.read_bytes(1000) for path in listing.paths if path.name == NAME] == [CODE] * count
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_an_empty_folder_in_an_archive_is_reported() -> None:
    folder = tarfile.TarInfo("bob/work/")
    folder.type = tarfile.DIRTYPE
    for data in (zipped({"bob/": b"", "bob/work/": b"", NAME: CODE}), tarred({"bob/work": folder, NAME: CODE})):
        with open_archive(data, "work", STUDENT_LIMITS) as archive:
            paths = list_archive(archive, "work").paths
            assert [path.parts for path in paths] == [("bob", "work", ""), (NAME,)]
            assert paths[0].location == "work:bob/work"


# --- archives in archives ---------------------------------------------------------------------------------------------


def test_archives_in_archives_are_opened_and_placed() -> None:
    inner = zipped({f"x/{NAME}": CODE})
    with expanded({"week/a.zip": zipped({"y/b.tar": tarred({"c.zip": inner})}), "z.csv": b"1"}) as listing:
        (path, other) = listing.paths
        assert path.location == f"week/a.zip:y/b.tar:c.zip:x/{NAME}"
        assert path.parts == ("week", "y", "x", NAME)
        assert path.in_archive == "a.zip:b.tar:c.zip"
        assert path.read_bytes(1000) == CODE
        assert (other.parts, other.in_archive) == (("z.csv",), "")


def test_the_fourth_level_is_listed() -> None:
    data = zipped({NAME: CODE})
    for _ in range(4):
        data = zipped({"in.zip": data})
    with expanded({"in.zip": data}) as listing:
        assert not listing.paths
        assert reasons(listing) == {"in.zip:in.zip:in.zip:in.zip": "is an archive inside 3 others, which is not opened"}


def test_an_archive_that_is_refused_costs_no_other_file() -> None:
    inner = {"bad.zip": ATTACKS["traversal"][0](), "bad.rar": b"Rar!\x1a\7\0", "good.zip": FORMS["zip"], NAME: CODE}
    with expanded({"all.zip": zipped(inner), "empty.zip": zipped({})}) as listing:
        assert locations(listing) == [f"all.zip:{NAME}", f"all.zip:good.zip:{NAME}", "all.zip:good.zip:data/x.csv"]
        assert reasons(listing) == {
            "all.zip:bad.zip": f"contains '../{NAME}', which would be unpacked outside its folder",
            "all.zip:bad.rar": "is a RAR archive, which cannot be read here; ask for a zip",
            "empty.zip": "is an empty archive",
        }


def test_what_an_inner_archive_leaves_out_is_listed_with_its_place() -> None:
    inner = protected(zipped({"bad": b"x", ".hidden": b"", NAME: CODE}))
    with expanded({"all.zip": zipped({"w/in.zip": inner})}) as listing:
        assert locations(listing) == [f"all.zip:w/in.zip:{NAME}"]
        assert [(path.parts, path.location) for path, _ in listing.skipped] == [
            (("w", ".hidden"), "all.zip:w/in.zip:.hidden"),
            (("w", "bad"), "all.zip:w/in.zip:bad"),
        ]


def test_an_archive_with_nothing_to_see_is_listed_itself() -> None:
    with expanded({"ada.zip": zipped({"__MACOSX/._x": b"1", ".x": b"2"})}) as listing:
        assert not listing.paths
        assert reasons(listing) == {
            "ada.zip": "contains only hidden and system files",
            "ada.zip:__MACOSX": "is a system folder",
            "ada.zip:.x": "is a hidden file",
        }


def test_archives_in_archives_share_their_limits() -> None:
    noise = random.Random(0).randbytes(600_000)
    limits = replace(STUDENT_LIMITS, read_bytes=1_000_000, members=100)
    inner = zipped({"noise.bin": noise})
    with expanded({"a.zip": zipped({"1.zip": inner, "2.zip": inner, NAME: CODE})}, limits) as listing:
        assert reasons(listing) == {"a.zip:2.zip": "would unpack to too much: more than 1,000,000 bytes in all"}
        code = next(path for path in listing.paths if path.name == NAME)
        assert code.read_bytes(1000) == CODE
    crowd = zipped({f"f{i}": b"" for i in range(60)})
    with expanded({"a.zip": crowd, "b.zip": crowd, NAME: CODE}, limits) as listing:
        assert "has too many entries: more than 100 in all" in reasons(listing).values()
        assert NAME in locations(listing)


def test_a_data_set_beside_the_answers_is_not_unpacked() -> None:
    data = gzip.compress(random.Random(0).randbytes(2_000_000))
    limits = replace(STUDENT_LIMITS, read_bytes=1_000_000)
    with expanded({"data/train-images-idx3-ubyte.gz": data, "a.zip": FORMS["zip"]}, limits) as listing:
        assert not listing.skipped
        assert [path.read_bytes(1000) for path in listing.paths if path.name == NAME] == [CODE]


# --- any bytes --------------------------------------------------------------------------------------------------------


SMALL = ArchiveLimits(
    archive_bytes=20_000,
    directory_bytes=5_000,
    members=50,
    read_bytes=20_000,
    depth=8,
    declared_bytes=100_000,
    ratio=100,
)
SEEDS = [
    zipped({NAME: CODE, "b/c.txt": b"x" * 500}),
    zipped({"é.py": b"x", "in.zip": zipped({NAME: CODE})}),
    stored_as(b"M?ller.py", unicode_path("Müller.py", b"M?ller.py")),
    *(
        tarred({NAME: CODE, "b/" + "c" * 120: b"x" * 500, "l": tar_entry(tarfile.LNKTYPE, NAME)}, "w:", form)
        for form in (0, 1, 2)
        if form
    ),
    tarred({NAME: CODE, "in.zip": zipped({NAME: CODE})}, "w:gz"),
    tarred({NAME: CODE}, "w:bz2"),
    tarred({NAME: CODE}, "w:xz"),
    gzip.compress(CODE, mtime=0),
    lzma.compress(CODE),
]


def survey(data: bytes, name: str = "work.zip") -> None:
    """Open and read everything: a refusal with a message is as good as an answer; anything else fails the test."""
    started = time.monotonic()
    with expanded({name: data}, SMALL) as listing:
        assert listing.paths or listing.skipped
        assert len(listing.paths) <= SMALL.members
        total = 0
        for path in listing.paths:
            assert ".." not in path.parts
            assert not any("/" in part for part in path.parts)
            try:
                total += len(path.read_bytes(5_000))
            except SourceError:
                continue
        assert total <= SMALL.read_bytes
        for _, reason in listing.skipped:
            assert reason.strip()
            assert "\n" not in reason
    assert time.monotonic() - started < 20


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=1500), st.sampled_from(["work.zip", "work.tar", "work.gz", "work"]))
@example(b"PK\5\6" + b"\0" * 18, "work.zip")
@example(b"PK\5\6" + b"\xff" * 18, "work.zip")
@example(b"\x1f\x8b\x08", "work.gz")
@example(b"\0" * 600, "work.tar")
def test_any_bytes_give_a_clean_answer(data: bytes, name: str) -> None:
    survey(data, name)


def checked(data: bytearray) -> bytes:
    """The tar with the checksum of each header right, so that the damage gets past it."""
    for start in range(0, len(data) - 511, 512):
        if data[start + 257 : start + 262] == b"ustar":
            data[start + 148 : start + 156] = b" " * 8
            data[start + 148 : start + 156] = b"%06o\0 " % sum(data[start : start + 512])
    return bytes(data)


@settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(SEEDS), st.lists(st.tuples(st.integers(0, 10_000), st.binary(min_size=1, max_size=6)), max_size=6)
)
def test_a_damaged_archive_gives_a_clean_answer(seed: bytes, edits: list[tuple[int, bytes]]) -> None:
    data = bytearray(seed)
    for place, new in edits:
        at = place % (len(data) + 1)
        data[at : at + len(new)] = new
    survey(checked(data))


NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=30)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(NAMES, st.binary(max_size=50), max_size=6), st.sampled_from([zipped, tarred]))
def test_any_names_give_a_clean_answer(files: dict[str, bytes], make: Callable[[Mapping[str, bytes]], bytes]) -> None:
    survey(make(files))


PLAIN = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/\\:"), min_size=1, max_size=20)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.lists(PLAIN.filter(lambda name: name.strip(".")), min_size=1, max_size=3), min_size=1, max_size=5),
    st.sampled_from([zipped, tarred]),
)
def test_every_file_in_an_archive_is_listed_in_one_way_or_the_other(
    names: list[list[str]], make: Callable[[Mapping[str, bytes]], bytes]
) -> None:
    files = {"/".join(parts) + "$.py": CODE for parts in names}
    with expanded({"work.zip": make(files)}) as listing:
        listed = {"/".join(path.parts) for path in listing.paths}
        left_out = {"/".join(path.parts) for path, _ in listing.skipped}
        for name in files:
            parts = name.split("/")
            assert name in listed or any("/".join(parts[:n]) in left_out for n in range(1, len(parts) + 1))
