"""Submissions as teachers get them: whose they are, which chapter they count for, and what is refused."""

from __future__ import annotations

import io
import os
import stat
import time
import zipfile
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.conftest import TESTS
from torchdojo.collect.downloads.metadata import MetadataError, read_metadata
from torchdojo.collect.file_map import read_file_map
from torchdojo.collect.submissions import Submissions, collect_submissions
from torchdojo.collect.submitted_paths import SubmissionsError
from torchdojo.course import Course, load_course
from torchdojo.source.files import SourceError

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


def test_ids_that_a_map_joins_are_not_said_to_be_two_students(tmp_path: Path, course: Course) -> None:
    (tmp_path / "map.csv").write_text("file,student,chapter\nada/ch1_tiny.py,Ada,ch1\n")
    folder = unpacked(tmp_path / "class", {"Ada/notes.txt": b"x", "ada/ch1_tiny.py": b"x = 1", "bob/ch1_tiny.py": b""})
    assert any("differ only in" in alarm for alarm in collect_submissions(folder, course).alarms)
    found = collect_submissions(folder, course, file_map=read_file_map(tmp_path / "map.csv", course))
    assert not any("differ only in" in alarm for alarm in found.alarms)


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
        assert any("3004, but it is missing from the download" in alarm for alarm in found.alarms)
        assert "submission_metadata.yml does not say whose file this is" in [one.note for one in found.ignored]


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
        assert graded(found) == {"ada": "# ada", "bob": "# bob", "cleo": "# cleo", "eve": "# eve"}
        assert set(found.students) == {"ada", "bob", "cleo", "dan", "eve"}
        notes = {one.student: one.note for one in found.ignored}
        assert notes == {"dan": "is not a zip file, or its end is missing, as after an interrupted upload"}


def test_what_a_folder_around_everything_is_stepped_into(tmp_path: Path, course: Course) -> None:
    files = {f"download/week/ada/{NAME}": b"# ada", f"download/week/bob/work/{NAME}": b"# bob"}
    for found in both(tmp_path, files, course):
        assert graded(found) == {"ada": "# ada", "bob": "# bob"}
        assert any("download/week was read as a folder of students" in note for note in found.notes)


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
    assert [(one.student, one.note) for one in found.ignored] == [
        ("bob", "is an empty folder, or has only hidden files")
    ]


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
        "deep/ch1_tiny (3).py",
        "ch1_tiny2.py",
        "my_ch1_tiny.py",
    ],
)
def test_a_slip_in_the_name_is_understood_and_told(tmp_path: Path, course: Course, name: str) -> None:
    found = collect_submissions(unpacked(tmp_path, {f"ada/{name}": b"# ada"}), course)
    assert graded(found) == {"ada": "# ada"}
    assert [one.note for one in found.unexpected_names] == ["its name was read as ch1_tiny"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("chapter one.py", "matches no chapter"),
        ("ch1_tiny.txt", "does not define an exercise of ch1_tiny"),
        ("ch12_tiny.py", "does not define an exercise of ch1_tiny"),
        ("ch1_tiny.pyc", "is not a .py or .ipynb file"),
        ("x" * 240, "matches no chapter"),
    ],
)
def test_another_name_is_not(tmp_path: Path, course: Course, name: str, reason: str) -> None:
    found = collect_submissions(unpacked(tmp_path, {f"ada/{name}": b"# ada"}), course)
    assert (found.files, whys(found)) == ([], {name: reason})


def test_the_exact_name_counts_before_copies_and_a_module_before_its_notebook(tmp_path: Path, course: Course) -> None:
    files = {NAME: b"# right", "ch1_tiny (1).py": b"# copy", "old/ch1_tiny.py": b"# old", "ch1_tiny.ipynb": b"{}"}
    found = collect_submissions(unpacked(tmp_path, {f"ada/{name}": text for name, text in files.items()}), course)
    assert graded(found) == {"ada": "# right"}
    assert len(found.ignored) == 3
    assert all(one.note.startswith("ch1_tiny.py is used for ch1_tiny instead: ") for one in found.ignored)


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
    assert {one.note for one in found.ignored} >= {
        "is not a regular file",
        "is a link to a folder, which is not followed",
    }
    assert found.students == ["ada", "bob", "cleo", "dan"]


# --- hostile archives -------------------------------------------------------------------------------------------------


ATTACKS: dict[str, tuple[bytes, str]] = {
    "traversal": (zipped({f"a/../../../{NAME}": b"x"}), "outside its folder"),
    "absolute": (zipped({f"/tmp/{NAME}": b"x"}), "outside its folder"),
    "bomb": (zipped({"zeros.bin": b"\0" * 30_000_000}), "a zip bomb"),
    "no zip": (b"hello", "is a text file"),
    "empty": (b"", "is an empty file"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused_with_its_cause_and_costs_only_its_student(
    tmp_path: Path, course: Course, attack: str
) -> None:
    data, words = ATTACKS[attack]
    folder = unpacked(tmp_path / "in", {"eve.zip": data, f"ada/{NAME}": b"# ada"})
    found = collect_submissions(folder, course)
    assert graded(found) == {"ada": "# ada"}
    assert found.students == ["ada", "eve"]
    (note,) = (one.note for one in found.ignored)
    assert words in note
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["ada", NAME, "eve.zip", "in"]


@pytest.mark.parametrize("attack", ["traversal", "absolute", "no zip", "empty"])
def test_a_download_with_an_attack_is_refused_whole(tmp_path: Path, course: Course, attack: str) -> None:
    data, words = ATTACKS[attack]
    (tmp_path / "class.zip").write_bytes(data)
    with pytest.raises(SubmissionsError, match=words):
        collect_submissions(tmp_path / "class.zip", course)
    assert [path.name for path in tmp_path.iterdir()] == ["class.zip"]


def test_an_entry_that_cannot_be_read_is_listed_and_the_others_are_graded(tmp_path: Path, course: Course) -> None:
    link = zipfile.ZipInfo("data.csv")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    (tmp_path / "in").mkdir()
    (tmp_path / "in/ada.zip").write_bytes(zipped([(NAME, b"# ada"), (link, b"/etc/passwd")]))
    found = collect_submissions(tmp_path / "in", course)
    assert graded(found) == {"ada": "# ada"}
    assert [one.note for one in found.ignored] == ["is a symbolic link; submit the file itself"]


def test_in_a_download_one_students_files_cost_the_others_nothing(tmp_path: Path, course: Course) -> None:
    files = {
        f"ada/{NAME}": b"# ada",
        f"fay/{NAME}": b"#" * 50_000_000,
        "gus.zip": ATTACKS["bomb"][0],
    }
    (tmp_path / "class.zip").write_bytes(zipped(files))
    found = collect_submissions(tmp_path / "class.zip", course)
    assert graded(found) == {"ada": "# ada", "fay": "is too large: 50,000,000 bytes, at most 1,000,000 are read"}
    assert ["a zip bomb" in one.note for one in found.ignored] == [True]
