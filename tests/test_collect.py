"""Submissions as teachers get them: whose they are, which chapter they count for, and what is refused."""

from __future__ import annotations

import io
import os
import stat
import struct
import time
import zipfile
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.conftest import TESTS
from torchdojo.batch.archive import STUDENT_LIMITS, Archive, ArchiveError, ArchiveLimits
from torchdojo.batch.collect import Submissions, collect_submissions
from torchdojo.batch.gradescope import MetadataError, read_metadata
from torchdojo.batch.submitted_paths import SubmissionsError
from torchdojo.course import Course, load_course
from torchdojo.source.files import SourceError

GOOD = (TESTS / "tiny/reference/ch1_tiny.py").read_bytes()
NAME = "ch1_tiny.py"
NOTEBOOK = b'{"cells": [{"cell_type": "code", "source": "def double(x): return 2 * x"}]}'


@pytest.fixture(scope="module")
def course() -> Course:
    return load_course(TESTS / "tiny")


def zipped(files: Mapping[str, bytes] | Iterable[tuple[str | zipfile.ZipInfo, bytes]]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items() if isinstance(files, Mapping) else files:
            archive.writestr(name, content)
    return data.getvalue()


def unpacked(folder: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def both(tmp_path: Path, files: Mapping[str, bytes], course: Course) -> list[Submissions]:
    """The same files, once as a zip and once unpacked."""
    (tmp_path / "download.zip").write_bytes(zipped(files))
    return [
        collect_submissions(tmp_path / "download.zip", course),
        collect_submissions(unpacked(tmp_path / "unpacked", files), course),
    ]


def graded(found: Submissions) -> dict[str, str | None]:
    """Each student's submission: its first line, or why it cannot be read."""
    return {
        one.student: one.source.message if isinstance(one.source, SourceError) else one.source.decode().split("\n")[0]
        for one in found.files
    }


def whys(found: Submissions) -> dict[str, str]:
    return {one.location.replace("\\", "/").rpartition("/")[2]: one.note for one in found.ignored}


# --- the learning platforms -------------------------------------------------------------------------------------------


def test_moodle(tmp_path: Path, course: Course) -> None:
    files = {
        f"Ada Love Lace_1001_assignsubmission_file/{NAME}": b"# ada",
        f"Bob O'Hara_1002_assignsubmission_file_/{NAME}": b"# bob",  # before Moodle 4.1
        "Bob O'Hara_1002_assignsubmission_onlinetext_/onlinetext.html": b"<p>Hello",
        "Cleo_1003_assignsubmission_file/all.zip": zipped({f"homework/{NAME}": b"# cleo"}),
        f"Dan_1004_assignsubmission_file_{NAME}": b"# dan",  # downloaded without folders
        "Participant_1005_assignsubmission_file/thoughts.pdf": b"%PDF",
    }
    for found in both(tmp_path, files, course):
        assert graded(found) == {"1001": "# ada", "1002": "# bob", "1003": "# cleo", "1004": "# dan"}
        assert found.students == ["1001", "1002", "1003", "1004", "1005"]
        assert found.people["1001"].name == "Ada Love Lace"
        assert found.people["1002"].name == "Bob O'Hara"
        assert whys(found) == {"onlinetext.html": "matches no chapter", "thoughts.pdf": "matches no chapter"}
        assert "read as a Moodle download" in found.notes


def test_canvas(tmp_path: Path, course: Course) -> None:
    files = {
        "loveada_11_900_ch1_tiny.py": b"# ada",
        "o_haraböb_LATE_12_901_ch1_tiny-2.py": b"# bob",
        "cleo_13_903_ch1_tiny.py": b"# cleo, first",
        "cleo_13_904_ch1_tiny-1.py": b"# cleo, second",
        "dan_14_905_homework.zip": zipped({NAME: b"# dan"}),
        "eve_15_906_report.pdf": b"%PDF",
        "fay_LATE_16_text.html": b"<p>Hello",
        "anon_x7Yz2_907_ch1_tiny.py": b"# gus",
        "LATE_anon_q1W2e_908_ch1_tiny.ipynb": NOTEBOOK,
        "notes.txt": b"from the teacher",
    }
    for found in both(tmp_path, files, course):
        assert graded(found) == {
            "11": "# ada",
            "12": "# bob",
            "13": "# cleo, second",
            "14": "# dan",
            "anon_x7Yz2": "# gus",
            "anon_q1W2e": "def double(x): return 2 * x",
        }
        assert {"15", "16"} <= set(found.students)
        assert {one.student: one.hand_in.late for one in found.files} == {
            **dict.fromkeys(("11", "13", "14", "anon_x7Yz2"), False),
            **dict.fromkeys(("12", "anon_q1W2e"), True),
        }
        notes = {one.location.rpartition("/")[2].rpartition(":")[2]: one.note for one in found.ignored}
        assert notes["notes.txt"] == "is not in a student's folder"
        assert set(notes) == {"cleo_13_903_ch1_tiny.py", "eve_15_906_report.pdf", "fay_LATE_16_text.html", "notes.txt"}


METADATA = b"""---
submission_21:
  :submitters:
  - :name: Ada Lovelace
    :sid: '3001'
    :email: ada@example.org
  :created_at: &1 2026-03-01 09:30:00.123456789 Z
  :score: 7.5
  :status: processed
  :results: !ruby/hash:ActiveSupport::HashWithIndifferentAccess
    tests: []
  :history:
  - :created_at: *1
submission_22:
  :submitters:
  - :name: Bob
    :email: bob@example.org
    :sid:
  - :name: Cleo
    :sid: 3003
  :created_at: 2026-03-02 10:00:00 Z
submission_23:
  :submitters:
  - :name: Dan
    :sid: '3004'
  :created_at: 2026-03-02 10:00:00 Z
"""


def test_gradescope(tmp_path: Path, course: Course) -> None:
    files = {
        "assignment_77_export/submission_metadata.yml": METADATA,
        f"assignment_77_export/submission_21/{NAME}": b"# ada",
        f"assignment_77_export/submission_22/src/{NAME}": b"# a group",
        f"assignment_77_export/submission_99/{NAME}": b"# nobody's",
    }
    for found in both(tmp_path, files, course):
        assert graded(found) == {"3001": "# ada", "bob@example.org": "# a group", "3003": "# a group"}
        assert "3004" in found.students
        assert found.people["3001"].email == "ada@example.org"
        ada = next(one for one in found.files if one.student == "3001")
        assert ada.hand_in.submitted == datetime(2026, 3, 1, 9, 30, 0, 123456, tzinfo=UTC)
        notes = [one.note for one in found.ignored]
        assert "submission_metadata.yml lists it, but it is missing from the download" in notes
        assert "submission_metadata.yml does not say whose file this is" in notes


@pytest.mark.parametrize(
    "text",
    [b"", b"[1, 2]", b"a: [", b"a: {b: 1}", b"\xff\xfe", b"a: !!python/object/apply:os.system [id]", b"a: &x [*x]"],
)
def test_metadata_that_is_none(text: bytes) -> None:
    with pytest.raises(MetadataError, match="submission_metadata"):
        read_metadata(text)


def test_metadata_with_half_a_surrogate_pair_gives_a_printable_name() -> None:
    text = b'submission_1:\n  :submitters:\n  - :sid: "a\\uD800b"\n'
    assert read_metadata(text)["submission_1"][0][0].id == "a\N{REPLACEMENT CHARACTER}b"


def test_metadata_with_a_billion_laughs_is_read_in_no_time() -> None:
    laughs = "a0: &a0 ['x', 'x']\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 30))
    started = time.monotonic()
    with pytest.raises(MetadataError):
        read_metadata(laughs.encode())
    assert time.monotonic() - started < 5


# --- folders and zips of students, and their slips --------------------------------------------------------------------


def test_a_zip_per_student_beside_folders(tmp_path: Path, course: Course) -> None:
    files = {
        "ada.zip": zipped({NAME: b"# ada"}),
        "bob.ZIP": zipped(
            {f"my work/{NAME}": b"# bob", f"__MACOSX/my work/._{NAME}": b"\0\5", "my work/.DS_Store": b"x"}
        ),
        f"cleo/{NAME}": b"# cleo",
        "dan.zip": b"PK\3\4 torn",
        "eve.zip": zipped({"again.zip": zipped({NAME: b"# eve"})}),
    }
    for found in both(tmp_path, files, course):
        assert graded(found) == {"ada": "# ada", "bob": "# bob", "cleo": "# cleo"}
        assert set(found.students) == {"ada", "bob", "cleo", "dan", "eve"}
        notes = {one.student: one.note for one in found.ignored}
        assert notes == {
            "dan": "refused: is not a zip file",
            "eve": "a zip inside a zip is not opened",
        }


def test_what_a_folder_around_everything_is_stepped_into(tmp_path: Path, course: Course) -> None:
    files = {f"download/week/ada/{NAME}": b"# ada", f"download/week/bob/work/{NAME}": b"# bob"}
    for found in both(tmp_path, files, course):
        assert graded(found) == {"ada": "# ada", "bob": "# bob"}
        assert any("in the folder download" in note for note in found.notes)


def test_a_single_student_with_folders_stays_one(tmp_path: Path, course: Course) -> None:
    for found in both(tmp_path, {f"ada/week/code/{NAME}": b"# ada", "ada/week/data/x.csv": b"1"}, course):
        assert graded(found) == {"ada": "# ada"}


def test_one_students_own_zip(tmp_path: Path, course: Course) -> None:
    (tmp_path / "ada.zip").write_bytes(zipped({NAME: b"# ada", "data.csv": b"1"}))
    found = collect_submissions(tmp_path / "ada.zip", course)
    assert graded(found) == {"ada": "# ada"}


def test_an_empty_folder_is_a_student_who_handed_in_nothing(tmp_path: Path, course: Course) -> None:
    unpacked(tmp_path, {f"ada/{NAME}": b"# ada"})
    (tmp_path / "bob/work").mkdir(parents=True)
    found = collect_submissions(tmp_path, course)
    assert found.students == ["ada", "bob"]
    assert found.ignored == []


@pytest.mark.parametrize(
    "name",
    [
        "ch1_tiny (1).py",
        "ch1_tiny(12).py",
        "ch1_tiny-1.py",
        "ch1_tiny copy.py",
        "ch1_tiny - Copy (2).py",
        "Copy of ch1_tiny.py",
        "Ch1_Tiny.PY",
        "ch1-tiny.py",
        "ch1 tiny.py",
        "ch1_tiny_final.py",
        "ch1_tiny.py.txt",
        "ch1_tiny.py.py",
        "ch1_tiny.py (1)",
        "deep/er/ch1_tiny.py",
        "deep/ch1_tiny (3).py",
        "ch1_tiny2.py",
        "my_ch1_tiny.py",
    ],
)
def test_a_slip_in_the_name_is_understood_and_told(tmp_path: Path, course: Course, name: str) -> None:
    found = collect_submissions(unpacked(tmp_path, {f"ada/{name}": b"# ada"}), course)
    assert graded(found) == {"ada": "# ada"}
    assert [one.note for one in found.unexpected_names] == ["its name was read as ch1_tiny"]


@pytest.mark.parametrize("name", ["chapter one.py", "ch1_tiny.txt", "ch12_tiny.py", "ch1_tiny.pyc", "x" * 240])
def test_another_name_is_not(tmp_path: Path, course: Course, name: str) -> None:
    found = collect_submissions(unpacked(tmp_path, {f"ada/{name}": b"# ada"}), course)
    assert (found.files, whys(found)) == ([], {name: "matches no chapter"})


def test_the_exact_name_counts_before_copies_and_a_module_before_its_notebook(tmp_path: Path, course: Course) -> None:
    files = {NAME: b"# right", "ch1_tiny (1).py": b"# copy", "old/ch1_tiny.py": b"# old", "ch1_tiny.ipynb": b"{}"}
    found = collect_submissions(unpacked(tmp_path, {f"ada/{name}": text for name, text in files.items()}), course)
    assert graded(found) == {"ada": "# right"}
    assert len(found.ignored) == 3
    assert all(one.note == "ch1_tiny.py is used for ch1_tiny instead" for one in found.ignored)


def test_two_that_may_both_be_meant_are_not_guessed_between(tmp_path: Path, course: Course) -> None:
    files = {"ada/a/ch1_tiny.py": b"# a", "ada/b/ch1_tiny.py": b"# b", f"bob/{NAME}": b"# bob"}
    found = collect_submissions(unpacked(tmp_path / "1", files), course)
    assert "submitted more than once (a/ch1_tiny.py and b/ch1_tiny.py)" in str(graded(found)["ada"])
    same = collect_submissions(unpacked(tmp_path / "2", {**files, "ada/b/ch1_tiny.py": b"# a"}), course)
    assert graded(same) == {"ada": "# a", "bob": "# bob"}


def test_a_folder_of_data_is_one_line(tmp_path: Path, course: Course) -> None:
    files = {f"ada/venv/lib/m{i}.py": b"x" for i in range(200)}
    found = collect_submissions(unpacked(tmp_path, {**files, f"ada/{NAME}": b"# ada"}), course)
    assert [one.note for one in found.ignored] == ["200 files that match no chapter"]


def test_links_and_pipes_are_never_followed(tmp_path: Path, course: Course) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret/ch1_tiny.py").write_text("# secret")
    unpacked(tmp_path / "in", {f"ada/{NAME}": b"# ada"})
    os.symlink(tmp_path / "secret", tmp_path / "in/bob")
    (tmp_path / "in/cleo").mkdir()
    os.symlink(tmp_path / "secret", tmp_path / "in/cleo/work")
    os.symlink(tmp_path / "secret/ch1_tiny.py", tmp_path / "in/cleo/ch1_tiny.py")
    os.mkfifo(tmp_path / "in/dan.zip")
    found = collect_submissions(tmp_path / "in", course)
    assert graded(found) == {"ada": "# ada", "cleo": "is a symbolic link; submit the file itself"}
    assert {one.note for one in found.ignored} >= {"refused: is not a regular file", "is not in a student's folder"}


# --- hostile archives -------------------------------------------------------------------------------------------------


def special(name: str, mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = mode << 16
    return info


def patched(data: bytes, old: bytes, new: bytes) -> bytes:
    assert len(old) == len(new)
    assert old in data
    return data.replace(old, new)


def many(count: int) -> bytes:
    return zipped((f"f{i}", b"") for i in range(count))


ATTACKS: dict[str, tuple[Callable[[], bytes], str]] = {
    "traversal": (lambda: zipped({f"../{NAME}": b"x"}), "outside its folder"),
    "deep traversal": (lambda: zipped({f"a/../../../{NAME}": b"x"}), "outside its folder"),
    "absolute": (lambda: zipped({f"/tmp/{NAME}": b"x"}), "outside its folder"),
    "drive": (lambda: zipped({f"C:/{NAME}": b"x"}), "outside its folder"),
    "backslashes": (lambda: zipped({f"..\\..\\{NAME}": b"x"}), "outside its folder"),
    "zero byte": (lambda: patched(zipped({"a_b.py": b"x"}), b"a_b.py", b"a\0b.py"), "invalid name"),
    "link": (lambda: zipped([(special(NAME, stat.S_IFLNK | 0o777), b"/etc/passwd")]), "a symbolic link"),
    "pipe": (lambda: zipped([(special(NAME, stat.S_IFIFO | 0o644), b"")]), "neither a file nor a folder"),
    "device": (lambda: zipped([(special(NAME, stat.S_IFCHR | 0o644), b"")]), "neither a file nor a folder"),
    "same name twice": (lambda: patched(zipped({"a/x.py": b"1", "a/y.py": b"2"}), b"a/y.py", b"a/x.py"), "twice"),
    "twice by slashes": (lambda: zipped({"a/x.py": b"1", "a//x.py": b"2"}), "twice"),
    "capital letters": (lambda: zipped({"a/X.py": b"1", "a/x.py": b"2"}), "cannot tell apart"),
    "too many": (lambda: many(20_001), "20,001 entries"),
    "too deep": (lambda: zipped({"a/" * 40 + NAME: b"x"}), "nested deeper"),
    "long name": (lambda: zipped({"a" * 5000: b"x"}), "invalid name"),
    "bomb": (lambda: zipped({"zeros.bin": b"\0" * 30_000_000}), "a zip bomb"),
    "huge by its word": (
        lambda: patched(zipped({NAME: b"12345"}), struct.pack("<LL", 7, 5), struct.pack("<LL", 7, 0xFFFFFFF0)),
        "would unpack to",
    ),
    "password": (lambda: bytearray_with_flag(zipped({NAME: b"x"})), "password"),
    "method": (lambda: lzma_zip(), "unsupported method"),
    "no zip": (lambda: b"hello", "is not a zip file"),
    "empty": (lambda: b"", "is not a zip file"),
    "end alone, lying": (lambda: struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 65535, 65535, 2**31, 0, 0), "entries"),
}


def bytearray_with_flag(data: bytes) -> bytes:
    place = data.index(b"PK\1\2") + 8
    return data[:place] + b"\1" + data[place + 1 :]


def lzma_zip() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr(NAME, b"x" * 100)
    return data.getvalue()


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused_with_its_cause_and_costs_only_its_student(
    tmp_path: Path, course: Course, attack: str
) -> None:
    make, words = ATTACKS[attack]
    folder = unpacked(tmp_path / "in", {"eve.zip": make(), f"ada/{NAME}": b"# ada"})
    found = collect_submissions(folder, course)
    assert graded(found) == {"ada": "# ada"}
    assert found.students == ["ada", "eve"]
    (note,) = (one.note for one in found.ignored)
    assert note.startswith("refused: ")
    assert words in note
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["ada", NAME, "eve.zip", "in"]


@pytest.mark.parametrize("attack", ["traversal", "absolute", "link", "same name twice", "password", "no zip"])
def test_a_download_with_an_attack_is_refused_whole(tmp_path: Path, course: Course, attack: str) -> None:
    make, words = ATTACKS[attack]
    (tmp_path / "class.zip").write_bytes(make())
    with pytest.raises(SubmissionsError, match=words):
        collect_submissions(tmp_path / "class.zip", course)
    assert [path.name for path in tmp_path.iterdir()] == ["class.zip"]


def test_in_a_download_one_students_files_cost_the_others_nothing(tmp_path: Path, course: Course) -> None:
    files = {
        f"ada/{NAME}": b"# ada",
        "eve/CH1_tiny.py": b"1",
        "eve/ch1_TINY.py": b"2",
        f"fay/{NAME}": b"#" * 50_000_000,
        "gus.zip": ATTACKS["bomb"][0](),
    }
    (tmp_path / "class.zip").write_bytes(zipped(files))
    found = collect_submissions(tmp_path / "class.zip", course)
    assert graded(found) == {"ada": "# ada", "fay": "is too large: 50,000,000 bytes, at most 1,000,000 are read"}
    assert sum("differs only in upper and lower case" in one.note for one in found.ignored) == 2


def test_an_entry_that_holds_more_than_it_says_is_cut_off() -> None:
    data = zipped({NAME: b"\0" * 3_000_000})
    honest, lying = struct.pack("<L", 3_000_000), struct.pack("<L", 1000)
    with Archive(patched(data, honest, lying), STUDENT_LIMITS) as archive, pytest.raises(SourceError):
        archive.read(archive.members[0], 1_000_000)


SMALL = ArchiveLimits(
    archive_bytes=10_000,
    directory_bytes=5_000,
    members=50,
    read_bytes=20_000,
    depth=8,
    declared_bytes=100_000,
    ratio=100,
)
SEEDS = [zipped({NAME: GOOD[:300], "b/c.txt": b"x" * 500}), zipped({}), lzma_zip(), zipped({"é.py": b"x"})]


def survey(data: bytes) -> None:
    """Open and read everything: a refusal with a message is as good as an answer; anything else fails the test."""
    started = time.monotonic()
    refusal = "refused"
    try:
        with Archive(data, SMALL) as archive:
            assert len(archive.members) <= SMALL.members
            total = 0
            for member in archive.members:
                assert ".." not in member.parts
                assert all(part and "/" not in part for part in member.parts)
                try:
                    total += len(archive.read(member, 5_000))
                except SourceError:
                    continue
            assert total <= SMALL.read_bytes
    except ArchiveError as error:
        refusal = str(error)
    assert refusal.strip()
    assert "\n" not in refusal
    assert time.monotonic() - started < 20


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=400))
@example(b"PK\5\6" + b"\0" * 18)
@example(b"PK\5\6" + b"\xff" * 18)
def test_any_bytes_give_a_clean_answer(data: bytes) -> None:
    survey(data)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(SEEDS), st.lists(st.tuples(st.integers(0, 10_000), st.binary(min_size=1, max_size=6)), max_size=6)
)
def test_a_damaged_archive_gives_a_clean_answer(seed: bytes, edits: list[tuple[int, bytes]]) -> None:
    data = bytearray(seed)
    for place, new in edits:
        at = place % (len(data) + 1)
        data[at : at + len(new)] = new
    survey(bytes(data))


NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=30)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(NAMES, st.binary(max_size=50), max_size=6))
def test_any_names_give_a_clean_answer(files: dict[str, bytes]) -> None:
    survey(zipped(files))
