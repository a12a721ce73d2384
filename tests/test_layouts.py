"""Whose each file is: classes in every form that teachers get them, and the rule that nothing and nobody is lost."""

from __future__ import annotations

import io
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from tests.conftest import TESTS
from torchdojo.collect.submissions import Submissions, collect_submissions
from torchdojo.collect.submitted_paths import SubmissionsError
from torchdojo.course import load_course

COURSE = load_course(TESTS / "tiny")
NAME = "ch1_tiny.py"
DOUBLE = b"def double(x):\n    return 2 * x\n"


def answer(of: str) -> bytes:
    """An answer that tells whose it is."""
    return f"# {of}\n".encode() + DOUBLE


def zipped(files: Mapping[str, bytes], day: int = 1) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 3, day, 12, 0, 0)), content)
    return data.getvalue()


def tarred(files: Mapping[str, bytes]) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return data.getvalue()


def unpacked(folder: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def collect(folder: Path, files: Mapping[str, bytes], layout: str = "auto") -> Submissions:
    folder.mkdir(parents=True, exist_ok=True)
    return collect_submissions(unpacked(folder, files), COURSE, layout=layout)


def owners(found: Submissions) -> dict[str, str]:
    """Each student whose file is graded, and the first line of it, which says whose it is."""
    return {
        file.student: file.source.decode().split("\n")[0].removeprefix("# ") if isinstance(file.source, bytes) else "?"
        for file in found.files
    }


# --- one student's folder alone ---------------------------------------------------------------------------------------

LONE_FOLDERS: dict[str, dict[str, bytes]] = {
    "two archives": {
        "ada/submission.zip": zipped({NAME: answer("old")}),
        "ada/submission (1).zip": zipped({NAME: answer("ada")}, day=2),
    },
    "a backup": {f"ada/exercises/{NAME}": answer("ada"), f"ada/backup/{NAME}": answer("old")},
    "a backup in its own copy": {f"ada/{NAME}": answer("ada"), f"ada/old/{NAME}": answer("old")},
    "an archive and what was in it": {f"ada/work/{NAME}": answer("ada"), "ada/work.zip": zipped({NAME: answer("ada")})},
    "checkpoints": {
        f"ada/{NAME}": answer("ada"),
        "ada/.ipynb_checkpoints/ch1_tiny-checkpoint.py": answer("old"),
    },
    "chapters in folders": {f"ada/ch1_tiny/{NAME}": answer("ada"), "ada/ch2/notes.txt": b"nothing"},
    "weeks": {f"ada/week 1/{NAME}": answer("ada"), "ada/week 2/plot.png": b"\x89PNG"},
}


@pytest.mark.parametrize("form", LONE_FOLDERS)
def test_a_students_folder_is_read_alike_alone_and_beside_others(tmp_path: Path, form: str) -> None:
    files = LONE_FOLDERS[form]
    alone = collect(tmp_path / "alone", files)
    assert owners(alone) == {"ada": "ada"}
    assert alone.students == ["ada"]
    beside = collect(tmp_path / "beside", {**files, f"bob/{NAME}": answer("bob")})
    assert owners(beside) == {"ada": "ada", "bob": "bob"}


def test_the_folder_of_one_student_may_be_given_itself(tmp_path: Path) -> None:
    files = {f"exercises/{NAME}": answer("ada"), f"backup/{NAME}": answer("old")}
    found = collect(tmp_path / "ada", files)
    assert owners(found) == {"ada": "ada"}
    assert any("one student" in alarm for alarm in found.alarms)


# --- folders of folders -----------------------------------------------------------------------------------------------


def test_sections_hold_students(tmp_path: Path) -> None:
    files = {
        f"Section A/ada lovelace/{NAME}": answer("ada"),
        f"Section A/bob/{NAME}": answer("bob"),
        f"Section B/cleo/{NAME}": answer("cleo"),
        f"Section B/dan/{NAME}": answer("dan"),
    }
    found = collect(tmp_path, files)
    assert owners(found) == {"ada lovelace": "ada", "bob": "bob", "cleo": "cleo", "dan": "dan"}
    assert any("folder of students" in note for note in found.notes)


def test_two_of_one_name_in_two_sections_are_two_students(tmp_path: Path) -> None:
    files = {
        f"Section A/ada/{NAME}": answer("ada of A"),
        f"Section A/bob/{NAME}": answer("bob"),
        f"Section B/ada/{NAME}": answer("ada of B"),
        f"Section B/dan/{NAME}": answer("dan"),
    }
    found = collect(tmp_path, files)
    assert sorted(owners(found).values()) == ["ada of A", "ada of B", "bob", "dan"]
    assert any("two students" in alarm for alarm in found.alarms)


def test_folders_of_assignments_hold_the_same_class(tmp_path: Path) -> None:
    files = {
        f"week 1/ada/{NAME}": answer("ada"),
        f"week 1/bob/{NAME}": answer("bob"),
        "week 2/ada/notes.txt": b"nothing",
        "week 2/bob/notes.txt": b"nothing",
    }
    found = collect(tmp_path, files, "groups")
    assert owners(found) == {"ada": "ada", "bob": "bob"}
    assert found.students == ["ada", "bob"]


def test_numbered_groups_are_students(tmp_path: Path) -> None:
    files = {f"{name}/{NAME}": answer(name) for name in ("group 1", "group 2", "team3", "Student 04", "1007", "12")}
    assert owners(collect(tmp_path / "1", files)) == {name.split("/")[0]: name.split("/")[0] for name in files}
    inside = {f"homework/{name}": content for name, content in files.items()}
    assert set(owners(collect(tmp_path / "2", inside))) == {name.split("/")[0] for name in files}


def test_files_named_after_their_students(tmp_path: Path) -> None:
    files = {"ch1_tiny_ada.py": answer("ada"), "bob ch1_tiny.py": answer("bob"), "readme.txt": b"from the teacher"}
    found = collect(tmp_path, files)
    assert owners(found) == {"ada": "ada", "bob": "bob"}
    assert [note.note for note in found.ignored] == ["is not in a student's folder"]


def test_a_layout_overrules_the_reading(tmp_path: Path) -> None:
    files = {f"new/{NAME}": answer("x"), f"old/{NAME}": answer("y")}
    assert len(collect(tmp_path / "1" / "ada", files).students) == 1
    assert collect(tmp_path / "2", files, "folders").students == ["new", "old"]
    assert collect(tmp_path / "3", {f"x/{name}": text for name, text in files.items()}, "groups").students == [
        "new",
        "old",
    ]
    with pytest.raises(SubmissionsError, match="omit --layout canvas"):
        collect(tmp_path / "4", files, "canvas")


def test_several_downloads_in_a_folder(tmp_path: Path) -> None:
    files = {
        "week1.zip": zipped({"lovelaceada_11_900_ch1_tiny.py": answer("ada")}),
        "week2.zip": zipped({"boolegeorge_12_901_ch1_tiny.py": answer("george")}),
    }
    found = collect(tmp_path, files)
    assert owners(found) == {"11": "ada", "12": "george"}
    assert found.people["12"].name == "boolegeorge"


def test_a_number_of_two_names_is_two_students_and_told(tmp_path: Path) -> None:
    files = {
        f"ch1/Ada Lovelace_7_assignsubmission_file/{NAME}": answer("ada"),
        f"ch2/George Boole_7_assignsubmission_file/{NAME}": answer("george"),
    }
    found = collect(tmp_path, files)
    assert sorted(owners(found).values()) == ["ada", "george"]
    assert any("Ada Lovelace" in alarm and "George Boole" in alarm for alarm in found.alarms)


def test_a_file_that_still_has_its_platforms_name_makes_no_second_student(tmp_path: Path) -> None:
    files = {"ada/lovelaceada_11_900_ch1_tiny.py": answer("ada"), f"bob/{NAME}": answer("bob")}
    assert owners(collect(tmp_path, files)) == {"ada": "ada", "bob": "bob"}


def test_ids_that_look_alike_are_reported(tmp_path: Path) -> None:
    files = {"ada.zip": zipped({NAME: answer("1")}), "Ada\u200b.zip": zipped({NAME: answer("2")})}
    found = collect(tmp_path, files)
    assert len(found.students) == 2
    assert any("differ only" in alarm for alarm in found.alarms)


# --- the rule: no file and no student is lost -------------------------------------------------------------------------

PEOPLE = (
    *(
        "Ada Lovelace",
        "José Núñez",
        "Jose\u0301 Nu\u0301n\u0303ez",
        "李小龍",
        "นางสาว สมหญิง",
        "अदिति शर्मा",
        "தமிழ் செல்வன்",
    ),
    *(
        "שָׁרָה לֵוִי",
        "مُحَمَّد",
        "Ἀρχιμήδης",
        "Анна Каренина",
        "김연아",
        "O'Hara Bob",
        "van der Berg, Jan",
        "s1234567",
        "x_1_2",
        "Best",
    ),
)
WORK_NAMES = (
    *(
        "ch1_tiny.py",
        "ch1_tiny (1).py",
        "CH1_TINY.PY",
        "ch1_tiny_v2.py",
        "Kopie von ch1_tiny.py",
        "ch1_tiny.txt",
        "ch1.py",
    ),
    *("ch1_tiny_final.py", "notes.md", "plot.png", "data.csv", "requirements.txt", "ch1_tiny.py.txt", "ch1_tiny"),
)
PLACES = ("", "exercises/", "backup/", "my work/src/", "ch1/")
PACKING = ("loose", "zip", "tar.gz", "zip in zip")


@dataclass(frozen=True)
class Person:
    """A student as a platform knows one, with the files of each upload."""

    number: int
    name: str
    files: tuple[tuple[str, bytes], ...]
    packing: str

    def packed(self) -> dict[str, bytes]:
        """The files as they are uploaded."""
        files = dict(self.files)
        return {
            "loose": lambda: files,
            "zip": lambda: {"submission.zip": zipped(files)},
            "tar.gz": lambda: {"submission.tar.gz": tarred(files)},
            "zip in zip": lambda: {"homework.zip": zipped({"submission.zip": zipped(files)})},
        }[self.packing]()


@st.composite
def people(draw: st.DrawFn) -> list[Person]:
    names = draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=5, unique=True))
    class_list = []
    for index, name in enumerate(names):
        paths = draw(st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(WORK_NAMES)), max_size=4, unique=True))
        seen: dict[str, tuple[str, bytes]] = {}
        for place, file in paths:
            seen.setdefault(f"{place}{file}".casefold(), (f"{place}{file}", answer(f"{index} {place}{file}")))
        class_list.append(Person(1000 + index, name, tuple(seen.values()), draw(st.sampled_from(PACKING))))
    return class_list


def as_folders(person: Person) -> tuple[str, dict[str, bytes]]:
    return person.name, {f"{person.name}/{path}": text for path, text in person.packed().items()}


def as_archive(person: Person) -> tuple[str, dict[str, bytes]]:
    return person.name, {f"{person.name}.zip": zipped(dict(person.files))}


def as_moodle(person: Person) -> tuple[str, dict[str, bytes]]:
    folder = f"{person.name.replace('_', ' ')}_{person.number}_assignsubmission_file"  # as Moodle does
    return str(person.number), {f"{folder}/{path}": text for path, text in person.packed().items()}


def as_canvas(person: Person) -> tuple[str, dict[str, bytes]]:
    prefix = "".join(c for c in person.name if c not in " ,'_").lower()
    uploads = [path.rpartition("/")[2] for path in person.packed()]
    flat = dict(zip(uploads, person.packed().values(), strict=True))
    return str(person.number), {
        f"{prefix}_{person.number}_{9000 + i}_{name}": flat[name] for i, name in enumerate(flat)
    }


def as_sakai(person: Person) -> tuple[str, dict[str, bytes]]:
    folder = f"{person.name.replace(',', '')}, Kim(id{person.number})"
    files = {f"{folder}/Submission attachment(s)/{path}": text for path, text in person.packed().items()}
    return f"id{person.number}", {**files, f"{folder}/timestamp.txt": b"20260301120000000"} if files else {}


ANSWERS = (".py", ".ipynb", ".zip")
FORMS: dict[str, Callable[[Person], tuple[str, dict[str, bytes]]]] = {
    "folders": as_folders,
    "archives": as_archive,
    "moodle": as_moodle,
    "canvas": as_canvas,
    "sakai": as_sakai,
}


def leaves(person: Person, form: str) -> int:
    """How many files there are to account for, at least: two of the same name in Canvas's flat folder are one."""
    return len(as_canvas(person)[1]) if form == "canvas" and person.packing == "loose" else len(person.files)


def accounted(found: Submissions, student: str) -> int:
    """How many of a student's files are graded or listed."""
    count = 0
    for file in found.file_notes:
        if file.student == student:
            number = file.note.split(" files that match no chapter")[0]
            count += int(number.replace(",", "")) if number != file.note else 1
    return count


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(people(), st.sampled_from(sorted(FORMS)), st.sampled_from(["", "download/", "week 1/"]), st.booleans())
def test_no_file_and_no_student_is_lost(class_list: list[Person], form: str, wrapper: str, archived: bool) -> None:
    expected: dict[str, Person] = {}
    files: dict[str, bytes] = {}
    for person in class_list:
        student, own = FORMS[form](person)
        if own:  # nothing at all is nobody's
            expected[student] = person
            files |= {f"{wrapper}{path}": text for path, text in own.items()}
    if not files:
        return
    note(str(sorted(files)))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "class"
        if archived:
            root = root.with_suffix(".zip")
            root.write_bytes(zipped(files))
        else:
            unpacked(root, files)
        found = collect_submissions(root, COURSE)
    # One file such as `loss_0_1_plot.png`, beside no answer, has a name in Canvas's form by chance.
    by_chance = form == "canvas" and len(expected) == 1 and not any(path.endswith(ANSWERS) for path in files)
    if wrapper and (form in ("folders", "archives") or by_chance) and set(found.students) != set(expected):
        # A folder around fewer than two students cannot be told from a student's own.
        (student,) = found.students
        assert accounted(found, student) > 0
        return
    assert set(found.students) == set(expected)
    for student, person in expected.items():
        assert accounted(found, student) >= leaves(person, form), (student, found.file_notes)
        assert all(one.note for one in found.ignored)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(people(), st.sampled_from(sorted(FORMS)))
def test_a_student_is_read_alike_whoever_else_is_there(class_list: list[Person], form: str) -> None:
    def read(some: list[Person]) -> dict[tuple[str, str], tuple[str, str]]:
        files = {path: text for person in some for path, text in FORMS[form](person)[1].items()}
        if not files:
            return {}
        with tempfile.TemporaryDirectory() as folder:
            found = collect_submissions(unpacked(Path(folder) / "class", files), COURSE)
            return {
                (one.student, one.location.replace(folder, "")): (one.chapter, one.note.replace(folder, ""))
                for one in found.file_notes
            }

    together = read(class_list)
    apart = {key: value for person in class_list for key, value in read([person]).items()}
    assert together == apart


def test_an_empty_archive_is_a_student_who_handed_in_nothing(tmp_path: Path) -> None:
    found = collect(tmp_path, {"ada.zip": zipped({}), f"bob/{NAME}": answer("bob")})
    assert found.students == ["ada", "bob"]
    assert [(one.student, one.note) for one in found.ignored] == [("ada", "is an empty archive")]


# --- the readers of platforms -----------------------------------------------------------------------------------------


def test_downloads_of_two_platforms_in_one_folder_are_both_read(tmp_path: Path) -> None:
    files = {
        f"adaking_1001_2001_{NAME}": answer("ada"),
        f"bobhall_1002_2002_{NAME}": answer("bob"),
        f"Cleo Mills_77_assignsubmission_file/{NAME}": answer("cleo"),
        f"dan/{NAME}": answer("dan"),
    }
    found = collect(tmp_path, files)
    assert owners(found) == {"1001": "ada", "1002": "bob", "77": "cleo", "dan": "dan"}


@pytest.mark.parametrize("content", [b"", b"- [", b"a: 1"])
def test_a_students_own_file_named_like_gradescopes_list_costs_nobody_anything(tmp_path: Path, content: bytes) -> None:
    files = {
        f"ada/{NAME}": answer("ada"),
        "ada/submission_metadata.yml": content,
        f"bob/{NAME}": answer("bob"),
    }
    assert owners(collect(tmp_path, files)) == {"ada": "ada", "bob": "bob"}


def test_a_damaged_gradescope_export_in_its_folder_is_an_alarm(tmp_path: Path) -> None:
    files = {f"export/submission_{number}/{NAME}": answer(f"{number}") for number in (1, 2)}
    found = collect(tmp_path, {**files, "export/submission_metadata.yml": b"- ["})
    assert owners(found) == {"submission_1": "1", "submission_2": "2"}
    assert any("submission_metadata.yml cannot be read" in alarm for alarm in found.alarms)


def test_one_name_with_another_id_in_each_download_is_an_alarm(tmp_path: Path) -> None:
    files = {
        f"week 1/Ada King_7_assignsubmission_file/{NAME}": answer("ada"),
        f"week 2/Ada King_93_assignsubmission_file/{NAME}": answer("ada"),
    }
    found = collect(tmp_path, files)
    assert set(found.students) == {"7", "93"}
    assert any("Ada King (7, 93)" in alarm for alarm in found.alarms)


def test_a_student_cannot_hand_in_for_others(tmp_path: Path) -> None:
    """A folder that looks like a class of others makes new students, and is told."""
    eves = {f"{name}/{NAME}": answer("eve") for name in ("ada", "bob", "cleo")}
    files = {**{f"{name}/{NAME}": answer(name) for name in ("ada", "bob")}, **{f"Abel/{k}": v for k, v in eves.items()}}
    found = collect(tmp_path / "folders", files)
    assert owners(found) == {"ada": "ada", "bob": "bob", "cleo": "eve", "ada (Abel)": "eve", "bob (Abel)": "eve"}
    assert sum("two students" in alarm for alarm in found.alarms) == 2
    emails = ("ada@x.edu", "bob@x.edu")
    files = {f"{email}/{NAME}": answer(email) for email in emails}
    files |= {f"Abel/{email}_99_{NAME}": answer("eve") for email in emails}
    found = collect(tmp_path / "download", files)
    assert {student: of for student, of in owners(found).items() if student in emails} == {one: one for one in emails}


@pytest.mark.parametrize(
    "name",
    ["loss_0_1_plot.png", "plots, final (2)/a.png", "HW_attempt_2026-03-01-22-10-05.txt", "run_1_2_ch1_tiny.txt"],
)
def test_a_file_that_looks_like_a_downloads_leaves_its_student_alone(tmp_path: Path, name: str) -> None:
    files = {f"{student}/{NAME}": answer(student) for student in ("ada", "bob", "eve")}
    for form in ({**files, f"eve/{name}": b"x"}, {**files, "eve.zip": zipped({NAME: answer("eve"), name: b"x"})}):
        found = collect(tmp_path / str(len(form)), form)
        assert owners(found) == {"ada": "ada", "bob": "bob", "eve": "eve"}
    assert collect(tmp_path / "top", {**files, name.replace("/", "_"): b"x"}).students == ["ada", "bob", "eve"]


@pytest.mark.parametrize("folders", [("Autograd", "CNN"), ("ch1", "Chapter 2 networks"), ("hw-1", "hw-2")])
def test_downloads_of_several_assignments_have_the_same_students(tmp_path: Path, folders: tuple[str, str]) -> None:
    files = {
        f"{folders[0]}/lovelaceada_11_900_ch1_tiny.py": answer("ada"),
        f"{folders[0]}/boolegeorge_12_901_ch1_tiny.py": answer("george"),
        f"{folders[1]}/lovelaceada_11_950_notes.pdf": b"%PDF",
        f"{folders[1]}/boolegeorge_12_951_notes.pdf": b"%PDF",
    }
    found = collect(tmp_path, files)
    assert (found.students, found.alarms) == (["11", "12"], [])


@pytest.mark.parametrize(
    "wrapper", ["hw", "hw1", "Section A", "week 1", "PY101 Spring Homework", "Deep Learning SoSe26"]
)
@pytest.mark.parametrize("names", [("ada",), ("ada", "bob"), ("李", "王", "金"), ("नीता", "ดี", "ปู"), ("1", "2", "3")])
def test_a_folder_that_names_work_holds_students(tmp_path: Path, wrapper: str, names: tuple[str, ...]) -> None:
    files = {f"{wrapper}/{name}/Untitled.py": answer(name) for name in names}
    assert owners(collect(tmp_path / "in", files)) == {name: name for name in names}


def test_in_a_flat_folder_each_name_is_kept_whole(tmp_path: Path) -> None:
    names = (
        "Ada B",
        "Ada C",
        "bob1",
        "bob2",
        "max.m1",
        "ada@x.edu",
        "ada@y.edu",
        "ab12cde",
        "group 1",
        "group 2",
        "My Linh",
        "von Berg",
        "王",
        "20190517",
        "นภา",
        "कुमारी",
    )
    files = {f"{name} - ch1_tiny.py": answer(name) for name in names}
    found = collect(tmp_path, {**files, NAME: answer("nobody"), "ch1_tiny (2).py": answer("nobody")})
    assert owners(found) == {name: name for name in names}
    assert len(found.ignored) == 2


def test_what_looks_like_a_download_beside_students_is_reported(tmp_path: Path) -> None:
    forged = zipped({"submission_metadata.yml": METADATA, f"submission_1/{NAME}": answer("eve")})
    found = collect(tmp_path, {"eve.zip": forged, f"ada/{NAME}": answer("ada")})
    assert {"ada", "eve"} <= set(found.students)
    assert any("eve was read as a folder of students" in alarm for alarm in found.alarms)


METADATA = b"""---
submission_1:
  :submitters:
  - :name: Bob
    :sid: bob
  :created_at: 2026-03-02 10:00:00 Z
"""


def test_an_archive_of_a_class_in_a_folder_holds_each_students_archive(tmp_path: Path) -> None:
    students = {f"{name}.zip": zipped({NAME: answer(name)}) for name in ("ada", "bob", "eve")}
    canvas = {
        f"{name}_1{i}_90{i}_work.zip": zipped({NAME: answer(name)}) for i, name in enumerate(("ada", "bob", "eve"))
    }
    assert set(owners(collect(tmp_path / "zips", {"class.zip": zipped(students)})).values()) == {"ada", "bob", "eve"}
    found = collect(
        tmp_path / "canvas", {"week1.zip": zipped(canvas), "week2.tar.gz": tarred({"x_19_9_a.pdf": b"%PDF"})}
    )
    assert owners(found) == {"10": "ada", "11": "bob", "12": "eve"}


def test_the_courses_own_answers_are_not_a_students(tmp_path: Path) -> None:
    stub = (TESTS / "tiny/exercises/ch1_tiny.py").read_bytes()
    clone = {f"ada/exercises/{NAME}": stub, f"ada/reference/{NAME}": answer("reference"), f"ada/graders/{NAME}": DOUBLE}
    found = collect(tmp_path, {**clone, f"bob/{NAME}": answer("bob")})
    assert {file.student: file.source for file in found.files}["ada"] == stub
    assert sum("a folder of the course" in note.note for note in found.ignored) == 2


def test_a_deep_folder_costs_only_its_student(tmp_path: Path) -> None:
    found = collect(tmp_path, {f"mal/{'x/' * 40}{NAME}": answer("mal"), f"bob/{NAME}": answer("bob")})
    assert owners(found) == {"bob": "bob"}
    assert found.students == ["bob", "mal"]
    assert any("nested deeper than 32" in note.note for note in found.ignored)


@pytest.mark.parametrize("folders", [("1", "2"), ("Version 1", "Version 2"), ("v9", "v10"), ("attempt_1", "attempt_2")])
def test_the_newest_of_numbered_folders_counts(tmp_path: Path, folders: tuple[str, str]) -> None:
    files = {f"ada/Homework/{folders[0]}/{NAME}": answer("old"), f"ada/Homework/{folders[1]}/{NAME}": answer("new")}
    assert owners(collect(tmp_path, {**files, f"bob/{NAME}": answer("bob")})) == {"ada": "new", "bob": "bob"}


def test_a_hidden_answer_is_listed(tmp_path: Path) -> None:
    found = collect(tmp_path, {f"ada/.{NAME}": answer("ada"), f"bob/{NAME}": answer("bob")})
    assert found.students == ["ada", "bob"]
    assert "is a hidden file" in [note.note for note in found.ignored]


def test_folders_that_may_hold_students_are_reported(tmp_path: Path) -> None:
    files = {f"week 2/{NAME}": answer("x"), f"ada/{NAME}": answer("ada"), f"ada (1)/{NAME}": answer("ada")}
    found = collect(tmp_path, files)
    assert any("week 2 was read as a student's" in alarm for alarm in found.alarms)
    assert any("ada (1) was read as a student" in alarm or "ada (1) may be" in alarm for alarm in found.alarms)


@pytest.mark.parametrize("extra", [NAME, "zoe/ch1_tiny.py", "notes.txt", "ch1_tiny_ada.py"])
def test_a_file_beside_a_download_leaves_it_a_download(tmp_path: Path, extra: str) -> None:
    files = {
        "lovelaceada_LATE_11_900_ch1_tiny.py": answer("ada"),
        "boolegeorge_12_901_hw.py": answer("george"),
        "hoppergrace_13_902_hw.zip": zipped({NAME: answer("grace")}),
    }
    found = collect(tmp_path, {**files, extra: answer("other")})
    assert {id: of for id, of in owners(found).items() if of != "other"} == {"11": "ada", "12": "george", "13": "grace"}


def test_a_folder_of_an_unknown_name_with_two_students_is_doubted(tmp_path: Path) -> None:
    found = collect(tmp_path, {f"Atelier/Ada/{NAME}": answer("ada"), f"Atelier/Bob/{NAME}": answer("bob")})
    assert any("Ada, Bob may be students'" in alarm and "--layout groups" in alarm for alarm in found.alarms)


def test_a_students_own_folders_with_words_of_a_chapter_are_no_class(tmp_path: Path) -> None:
    files = {f"Ada/{name}/tiny.py": answer("ada") for name in ("cifar", "mnist", "gan")}
    assert collect(tmp_path, {**files, f"bob/{NAME}": answer("bob")}).students == ["Ada", "bob"]


def test_titled_weeks_hold_the_same_class(tmp_path: Path) -> None:
    weeks = ("Week 1 - Tensors", "Week 2 - Autograd")
    files = {f"{weeks[0]}/{name}/{NAME}": answer(name) for name in ("ada", "bob")}
    files |= {f"{weeks[1]}/{name}/notes.txt": b"nothing" for name in ("ada", "bob")}
    assert collect(tmp_path, files, "groups").students == ["ada", "bob"]


def test_many_files_of_two_archives_are_noted_for_each(tmp_path: Path) -> None:
    pictures = zipped({f"p{i}.png": b"x" for i in range(7)})
    found = collect(tmp_path, {"ada/week1/a.zip": pictures, "ada/week1/b.zip": pictures, f"ada/{NAME}": answer("ada")})
    assert sorted(note.location.rpartition("/")[2] for note in found.ignored) == ["a.zip", "b.zip"]
    assert {note.note for note in found.ignored} == {"7 files that match no chapter"}


def test_a_download_far_inside_a_folder_of_an_unknown_name_is_doubted(tmp_path: Path) -> None:
    files = {f"Mailbox/week1/{name}_100{i}_assignsubmission_file/{NAME}": answer(name) for i, name in enumerate("AB")}
    found = collect(tmp_path, files)
    assert any("Mailbox was read as one student's" in alarm for alarm in found.alarms)


# --- platforms that push: a class of each -----------------------------------------------------------------------------


def test_a_class_of_github_classroom_clones(tmp_path: Path) -> None:
    files: dict[str, bytes] = {}
    for user in ("ada-l", "bob", "o-hara-cleo"):
        clone = f"week-1-submissions/week-1-{user}"
        files |= {
            f"{clone}/.git/HEAD": b"ref: refs/heads/main\n",
            f"{clone}/.github/workflows/classroom.yml": b"on: push\n",
            f"{clone}/README.md": b"# Week 1\n",
            f"{clone}/exercises/{NAME}": answer(user),
            f"{clone}/graders/{NAME}": answer("the course"),
        }
    found = collect(tmp_path, files)
    assert owners(found) == {"ada-l": "ada-l", "bob": "bob", "o-hara-cleo": "o-hara-cleo"}
    assert "read as a GitHub Classroom download" in " ".join(found.notes)
    assert found.alarms == []


def test_a_class_of_gradescopes_export(tmp_path: Path) -> None:
    metadata = b"""---
submission_101:
  :submitters:
  - :name: Ada Lovelace
    :email: ada@x.edu
    :sid: '0012'
  :created_at: 2026-03-01 22:10:05.123456000 Z
submission_102:
  :submitters:
  - :name: Bob
    :email: bob@x.edu
    :sid: '0013'
  - :name: Cleo
    :email: cleo@x.edu
    :sid:
  :created_at: 2026-03-02 09:00:00 +01:00
"""
    export = {
        "submission_metadata.yml": metadata,
        f"submission_101/{NAME}": answer("ada"),
        "submission_102/work.zip": zipped({f"src/{NAME}": answer("a pair")}),
    }
    found = collect(tmp_path, {f"assignment_9_export/{path}": text for path, text in export.items()})
    assert owners(found) == {"0012": "ada", "0013": "a pair", "cleo@x.edu": "a pair"}
    times = {file.student: file.hand_in.submitted for file in found.files}
    assert times["0012"] == datetime(2026, 3, 1, 22, 10, 5, 123456, UTC)
    assert times["0013"] == times["cleo@x.edu"] == datetime(2026, 3, 2, 8, tzinfo=UTC)


def test_a_class_of_moodles_separate_attempts(tmp_path: Path) -> None:
    files = {
        f"Ada Lovelace_1001_attempt1_assignsubmission_file/{NAME}": answer("ada's first"),
        f"Ada Lovelace_1001_attempt2_assignsubmission_file/{NAME}": answer("ada's second"),
        f"Bob_1002_assignsubmission_file/attempt 1/{NAME}": answer("bob's first"),
        f"Bob_1002_assignsubmission_file/attempt 2/{NAME}": answer("bob's second"),
        "Cleo_1003_attempt1_assignsubmission_onlinetext/onlinetext.html": b"<p>I was ill",
    }
    found = collect(tmp_path, files)
    assert owners(found) == {"1001": "ada's second", "1002": "bob's second"}
    assert found.students == ["1001", "1002", "1003"]
    assert sum("is an older upload" in note.note for note in found.ignored) == 2
