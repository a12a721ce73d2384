"""Which of a student's files counts for a chapter, what is said of the others, and how a teacher overrules it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import PROJECT
from torchdojo.collect.candidates import FileChoice, choose, find_candidates
from torchdojo.collect.file_map import NO_MAP, FileMap, FileMapError, read_file_map
from torchdojo.collect.platforms import UNKNOWN, HandIn, OwnedPath, Student
from torchdojo.collect.reading import Reader
from torchdojo.collect.spreadsheet import SpreadsheetError
from torchdojo.collect.submissions import collect_submissions
from torchdojo.collect.submitted_paths import SubmittedPath
from torchdojo.course import load_course
from torchdojo.course.stub import load_stub
from torchdojo.files import csv_text
from torchdojo.source.files import SourceError

COURSE = load_course(PROJECT)
CH1, CH2 = COURSE.chapters[:2]
STUB = load_stub(COURSE, CH1).encode()
ADA = Student("ada")
DAY = datetime(2026, 3, 1, 12, tzinfo=UTC)


def work(mark: object = "", names: tuple[str, ...] = ("sigmoid", "predict")) -> bytes:
    """A file that defines exercises; the mark tells it from another."""
    return "".join(f"def {name}(x):\n    return x  # {mark}\n" for name in names).encode()


def notebook(source: bytes) -> bytes:
    return json.dumps({"cells": [{"cell_type": "code", "source": source.decode()}], "nbformat": 4}).encode()


def owned(
    name: str,
    content: bytes = b"",
    *,
    time: datetime | None = None,
    hand_in: HandIn = UNKNOWN,
    on_disk: bool = False,
    archive: str = "",
) -> OwnedPath:
    def read(limit: int) -> bytes:
        if len(content) > limit:
            raise SourceError("is too large")
        return content

    location = f"subs/ada/{archive + ':' if archive else ''}{name}"
    disk = Path(location) if on_disk else None
    path = SubmittedPath(tuple(name.split("/")), location, time, read, disk, in_archive=archive)
    return OwnedPath(path, ADA, hand_in)


def choice(*files: OwnedPath, file_map: FileMap = NO_MAP, chapter: str = CH1.name) -> FileChoice:
    return choose(find_candidates(files, COURSE, file_map).candidates[chapter])


def chosen(result: FileChoice) -> str | None:
    return result.chosen.path.shown if result.chosen else None


def reasons(result: FileChoice) -> dict[str, str]:
    return {one.path.shown: reason for one, reason in result.reasons}


def others(*files: OwnedPath, file_map: FileMap = NO_MAP) -> dict[str, str]:
    return {one.path.shown: reason for one, reason in find_candidates(files, COURSE, file_map).others}


EXACT = "ch1_fundamentals.py"
USED = "is used for ch1_fundamentals instead: this one"


# --- one of several ---------------------------------------------------------------------------------------------------


def test_a_single_file_counts_and_an_exact_name_needs_no_note() -> None:
    assert choice(owned(EXACT, work())).note == ""
    assert choice(owned("ch1_ada (1).py", work())).note == "its name was read as ch1_fundamentals"


def test_a_later_upload_replaces_an_earlier_one_of_the_exact_name() -> None:
    result = choice(
        owned(EXACT, work(1), hand_in=HandIn(attempt=(0, 900))),
        owned("ch1 v2.py", work(2), hand_in=HandIn(attempt=(0, 901))),
    )
    assert chosen(result) == "ch1 v2.py"
    assert reasons(result) == {EXACT: f"ch1 v2.py {USED} is an older upload"}


def test_files_of_one_name_are_told_apart_by_where_they_are() -> None:
    first = owned(EXACT, work(1), hand_in=HandIn(submitted=DAY), archive="work.zip")
    second = owned(EXACT, work(2), hand_in=HandIn(submitted=DAY + timedelta(hours=1)), archive="more.zip")
    result = choice(first, second)
    assert result.chosen is not None
    assert result.chosen.owned is second
    assert [why for _, why in result.reasons] == [f"more.zip:{EXACT} {USED} was submitted earlier"]


def test_a_later_file_without_the_exercises_replaces_nothing() -> None:
    tests = owned("test_ch1.py", b"def test_sigmoid(): ...", hand_in=HandIn(attempt=(2,)))
    result = choice(owned(EXACT, work(), hand_in=HandIn(attempt=(1,))), tests)
    assert chosen(result) == EXACT
    assert reasons(result) == {"test_ch1.py": f"{EXACT} {USED} does not define an exercise of ch1_fundamentals"}


def test_a_later_file_that_cannot_be_read_replaces_nothing() -> None:
    result = choice(
        owned("ch1.py", work(), hand_in=HandIn(attempt=(1,))), owned(EXACT, b" ", hand_in=HandIn(attempt=(2,)))
    )
    assert chosen(result) == "ch1.py"
    assert reasons(result) == {EXACT: f"ch1.py {USED} is empty"}


def test_a_file_that_does_not_parse_still_defines_what_it_tries_to() -> None:
    result = choice(owned(EXACT, b"def sigmoid(x:\n  return\n)))"), owned("ch1_notes.py", b"x = 1"))
    assert chosen(result) == EXACT


def test_work_counts_before_an_unchanged_stub() -> None:
    result = choice(owned(EXACT, STUB), owned("work/ch1_ada.py", STUB + work(names=("sigmoid",))))
    assert chosen(result) == "work/ch1_ada.py"
    assert reasons(result) == {EXACT: f"work/ch1_ada.py {USED} is the unchanged stub"}


@pytest.mark.parametrize(
    "backup",
    [
        "backup/ch1_fundamentals.py",
        "old/ch1_fundamentals.py",
        "Archive 1/ch1_fundamentals.py",
        "Code - Kopie/ch1_fundamentals.py",
        "code copy/ch1_fundamentals.py",
        "alt/ch1_fundamentals.py",
        "src/.ipynb_checkpoints/ch1_fundamentals.py",
        "ch1_fundamentals-checkpoint.ipynb",
        "ch1_fundamentals_old.py",
        "ch1_fundamentals.py~",
        "ch1_fundamentals.py.bak",
    ],
)
def test_what_is_set_aside_comes_last_even_if_it_is_newer(backup: str) -> None:
    content = notebook(work(2)) if backup.endswith("ipynb") else work(2)
    result = choice(owned("deep/er/" + EXACT, work(1), time=DAY), owned(backup, content, time=DAY + timedelta(days=1)))
    assert chosen(result) == "deep/er/" + EXACT
    assert reasons(result)[backup].endswith("this one is a backup, by its name or its folder's")
    assert chosen(choice(owned(backup, content))) == backup


def test_times_in_an_archive_decide_if_they_differ_by_more_than_a_clock_does() -> None:
    def of(seconds: float) -> FileChoice:
        newer = owned("ch1_ada.py", work(2), time=DAY + timedelta(seconds=seconds))
        return choice(owned(EXACT, work(1), time=DAY), newer)

    assert chosen(of(60)) == "ch1_ada.py"
    assert "is older, by its time in the archive" in reasons(of(60))[EXACT]
    assert chosen(of(5)) == EXACT
    assert "has a name further from the one asked for" in reasons(of(5))["ch1_ada.py"]


def test_times_on_a_disk_are_the_last_resort_and_told() -> None:
    newer = DAY + timedelta(days=1)
    by_name = choice(
        owned(EXACT, work(1), time=DAY, on_disk=True), owned("ch1 (1).py", work(2), time=newer, on_disk=True)
    )
    assert chosen(by_name) == EXACT
    result = choice(
        owned(f"a/{EXACT}", work(1), time=newer, on_disk=True), owned(f"b/{EXACT}", work(2), time=DAY, on_disk=True)
    )
    assert chosen(result) == f"a/{EXACT}"
    assert result.note == "it was chosen by the times of the files on this disk, which copying may have changed"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("ch1_v1.py", "ch1_v2.py"),
        ("ch1_v2.py", "ch1_v10.py"),
        ("ch1_fundamentals.py", "ch1_fundamentals_v2.py"),
        ("ch1_fundamentals.py", "ch1_fundamentals final.py"),
        ("ch1_final.py", "ch1_final_final.py"),
        ("ch1_fundamentals (1).py", "ch1_fundamentals (2).py"),
        ("Kopie von ch1 (1).py", "Kopie von ch1 (3).py"),
        ("ch1-ada version 1.py", "ch1-ada version 2.py"),
    ],
)
def test_versions_in_names(old: str, new: str) -> None:
    result = choice(owned(old, work(1)), owned(new, work(2)))
    assert chosen(result) == new
    assert reasons(result) == {old: f"{new} {USED} is an older version, by its name"}


def test_an_archive_with_a_higher_number_is_the_newer() -> None:
    result = choice(owned(EXACT, work(1), archive="hw (1).zip"), owned(EXACT, work(2), archive="hw (2).zip"))
    assert result.chosen is not None
    assert result.chosen.path.in_archive == "hw (2).zip"


def test_a_name_as_asked_for_counts_before_a_copy_and_the_outer_folder_before_one_in_it() -> None:
    result = choice(owned(EXACT, work(1)), owned("ch1_fundamentals (1).py", work(2)), owned(f"x/{EXACT}", work(3)))
    assert chosen(result) == EXACT
    assert chosen(choice(owned(f"w/{EXACT}", work(1)), owned(f"w/x/{EXACT}", work(2)))) == f"w/{EXACT}"


def test_a_module_counts_before_its_notebook() -> None:
    later = DAY + timedelta(hours=1)
    result = choice(owned(EXACT, work(1), time=DAY), owned("ch1_fundamentals.ipynb", notebook(work(2)), time=later))
    assert chosen(result) == EXACT
    assert reasons(result) == {"ch1_fundamentals.ipynb": f"{EXACT} {USED} is the notebook of that file"}


def test_equal_content_is_no_conflict() -> None:
    result = choice(owned(f"a/{EXACT}", work()), owned(f"b/{EXACT}", work().replace(b"\n", b"\r\n") + b"\n"))
    assert chosen(result) == f"a/{EXACT}"
    assert reasons(result) == {f"b/{EXACT}": f"a/{EXACT} {USED} has the same content"}


def test_what_was_handed_in_in_time_is_not_late_because_it_came_again() -> None:
    again = owned(EXACT, work(), hand_in=HandIn(DAY + timedelta(days=3), late=True, attempt=(2,)))
    first = owned("ch1 ada.py", work(), hand_in=HandIn(DAY, late=False, attempt=(1,)))
    assert chosen(choice(again, first)) == "ch1 ada.py"


def test_what_nothing_tells_apart_is_not_guessed_between() -> None:
    result = choice(owned(f"a/{EXACT}", work(1)), owned(f"b/{EXACT}", work(2)), owned(f"old/{EXACT}", work(3)))
    assert result.chosen is None
    message = f"was submitted more than once (a/{EXACT} and b/{EXACT}), and it is unclear which one counts"
    assert result.problem == message
    assert [one.path.shown for one in result.unclear] == [f"a/{EXACT}", f"b/{EXACT}"]
    assert list(reasons(result)) == [f"old/{EXACT}"]


FILES = st.builds(
    owned,
    st.sampled_from([EXACT, "ch1.py", "ch1_v2.py", "old/ch1.py", "a/ch1.py", "b/ch1.py", "ch1.txt", "ch1.ipynb"]),
    st.sampled_from([b"", b"\xff", b"{", STUB, work(1), work(2), notebook(work(3)), b"def sigmoid(:"]),
    time=st.none() | st.sampled_from([DAY, DAY + timedelta(days=1)]),
    hand_in=st.builds(HandIn, submitted=st.none() | st.just(DAY), attempt=st.sampled_from([(), (1,), (2,)])),
    on_disk=st.booleans(),
)


@settings(deadline=None, max_examples=60)
@given(st.lists(FILES, min_size=1, max_size=5))
def test_every_file_is_chosen_or_listed_with_a_reason_once(files: list[OwnedPath]) -> None:
    found = find_candidates(files, COURSE)
    told = [one for one, reason in found.others if reason]
    for candidates in found.candidates.values():
        result = choose(candidates)
        told += [one.owned for one in (result.chosen, *result.unclear) if one]
        told += [one.owned for one, reason in result.reasons if reason]
        assert bool(result.problem) == (result.chosen is None)
    assert sorted(map(id, told)) == sorted(map(id, files))


@settings(deadline=None, max_examples=60)
@given(st.lists(FILES, min_size=2, max_size=5))
def test_the_order_in_which_files_are_listed_decides_nothing(files: list[OwnedPath]) -> None:
    files = [one for index, one in enumerate(files) if one.path.parts not in [f.path.parts for f in files[:index]]]
    backwards = files[::-1]

    def texts(files: list[OwnedPath]) -> set[object]:
        results = [choose(candidates) for candidates in find_candidates(files, COURSE).candidates.values()]
        return {one.chosen.reading.hash if one.chosen else one.problem for one in results}

    assert texts(files) == texts(backwards)


# --- names that say little --------------------------------------------------------------------------------------------


def test_a_file_is_recognised_by_its_exercises_if_no_name_means_the_chapter() -> None:
    result = choice(owned("solution.py", work()), owned("utils.py", b"def f(): ..."))
    assert chosen(result) == "solution.py"
    assert result.note == "its name says no chapter, but it defines exercises of ch1_fundamentals"
    assert others(owned("utils.py", b"def sigmoid(): ..."), owned("README", b"x")) == {
        "utils.py": "matches no chapter",
        "README": "matches no chapter",
    }
    assert others(owned(EXACT, work()), owned("solution.py", work(2))) == {"solution.py": "matches no chapter"}


@pytest.mark.parametrize("content", [STUB, b"x = 1", b""])
def test_a_file_with_work_counts_before_an_empty_one_that_is_named_better(content: bytes) -> None:
    result = choice(owned("ch1_notes.py", content), owned("solution.py", work()), owned("solution2.py", b""))
    assert chosen(result) == "solution.py"


def test_a_file_for_the_whole_course_counts_for_each_chapter_it_defines() -> None:
    names = {chapter.name: tuple(one.name for one in chapter.exercises) for chapter in (CH1, CH2)}
    whole = owned("ch1-2.ipynb", notebook(work(names=names[CH1.name] + names[CH2.name])))
    found = find_candidates([whole], COURSE)
    assert set(found.candidates) == {CH1.name, CH2.name}
    assert found.others == []


def test_a_folder_names_the_chapter_of_a_file_with_its_exercises() -> None:
    files = [owned("ch1/main.py", work(names=("sigmoid",))), owned("ch1/plot.py", b"def plot(): ...")]
    assert choice(*files).note == "the name of its folder was read as ch1_fundamentals"
    assert others(*files) == {"ch1/plot.py": "does not define an exercise of ch1_fundamentals"}


@pytest.mark.parametrize("name", ["ch1_fundamentals.txt", "ch1_fundamentals", "Fundamentals.py"])
def test_a_text_counts_if_it_defines_an_exercise(name: str) -> None:
    assert chosen(choice(owned(name, work(names=("sigmoid",))))) == name
    assert others(owned(name, b"I could not do it.")) == {name: "does not define an exercise of ch1_fundamentals"}


def test_installed_packages_are_not_read() -> None:
    looks: list[str] = []

    def counted(index: int, folder: str) -> OwnedPath:
        def read(limit: int) -> bytes:
            looks.append(folder)
            return work()

        path = SubmittedPath((folder, "lib", f"m{index}.py"), f"{folder}/{index}", None, read)
        return OwnedPath(path, ADA)

    find_candidates([counted(index, "venv") for index in range(3000)], COURSE)
    assert looks == []
    find_candidates([counted(index, "ch1") for index in range(3000)], COURSE)
    assert len(looks) < 300


def test_of_very_many_files_for_a_chapter_the_outermost_are_read() -> None:
    found = find_candidates([owned(f"{'x/' * (n % 3)}ch1_{n}a.py", work(n)) for n in range(600)], COURSE)
    assert len(found.candidates[CH1.name]) == 100
    assert {len(one.path.parts) for one in found.candidates[CH1.name]} == {1}
    assert {reason for _, reason in found.others} == {"is one of more than 100 files for ch1_fundamentals"}


# --- reading ----------------------------------------------------------------------------------------------------------


def test_what_is_a_notebook_in_spite_of_its_name_is_read_as_one() -> None:
    reading = Reader(COURSE).read(owned(EXACT, notebook(work())).path, CH1)
    assert isinstance(reading.source, bytes)
    assert b"def sigmoid" in reading.source
    assert reading.notes == (f"{EXACT} is a notebook, although its name is not a notebook's, and was read as one",)
    reading = Reader(COURSE).read(owned("ch1.ipynb", work()).path, CH1)
    assert reading.source == work()
    assert reading.notes == ("ch1.ipynb is a Python file, although its name is a notebook's, and was read as one",)
    assert (reading.defines, reading.done) == (2, 2)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("ch1.ipynb", b"hello", "is not a notebook"),
        ("ch1.ipynb", b'{"cells": 1}', "is not a notebook"),
        ("ch1.py", b"", "is empty"),
        ("ch1.py", b"#" * 1_000_001, "is too large: 1,000,001 bytes, at most 1,000,000 are read"),
        ("ch1.py", b'{"nbformat": 4}', "is not a notebook"),
    ],
)
def test_what_cannot_be_read_says_why(name: str, content: bytes, message: str) -> None:
    reading = Reader(COURSE).read(owned(name, content).path, CH1)
    assert isinstance(reading.source, SourceError)
    assert message in reading.source.message
    assert (reading.defines, reading.is_stub) == (0, False)


def test_how_much_of_a_stub_is_done() -> None:
    reading = Reader(COURSE).read(owned(EXACT, STUB).path, CH1)
    assert (reading.defines, reading.done, reading.is_stub) == (len(CH1.exercises), 0, True)
    reading = Reader(COURSE).read(owned(EXACT, STUB + b"\nsigmoid = torch.sigmoid\n").path, CH1)
    assert (reading.defines, reading.is_stub) == (len(CH1.exercises), False)


def test_a_file_that_only_imports_a_name_does_not_define_it() -> None:
    chapter = COURSE.chapters[5]
    reading = Reader(COURSE).read(owned("ch6.py", b"from torch.optim import SGD, Adam\n").path, chapter)
    assert reading.defines == 0


# --- the teacher's map ------------------------------------------------------------------------------------------------


def mapped(tmp_path: Path, *rows: tuple[str, ...], header: tuple[str, ...] = ("file", "student", "chapter")) -> FileMap:
    (tmp_path / "map.csv").write_text(csv_text([header, *rows]), encoding="utf-8")
    return read_file_map(tmp_path / "map.csv", COURSE)


def test_the_map_decides_before_everything_else(tmp_path: Path) -> None:
    files = (owned(EXACT, work(1)), owned("old/scratch.py", b"x = 1"))
    file_map = mapped(tmp_path, ("subs/ada/old/scratch.py", "ada", "ch1"))
    result = choice(*files, file_map=file_map)
    assert chosen(result) == "old/scratch.py"
    assert result.note == "map.csv says that it is ch1_fundamentals"
    assert reasons(result) == {EXACT: f"old/scratch.py {USED} is not the one in the map"}
    assert file_map.unused(()) == []


def test_a_map_that_confirms_a_name_adds_no_note(tmp_path: Path) -> None:
    assert choice(owned(EXACT, work()), file_map=mapped(tmp_path, (f"ada/{EXACT}", "ada", "ch1"))).note == ""


def test_an_empty_chapter_ignores_a_file(tmp_path: Path) -> None:
    file_map = mapped(tmp_path, ("ada/b/ch1_fundamentals.py", "", ""))
    files = (owned(f"a/{EXACT}", work(1)), owned(f"b/{EXACT}", work(2)))
    assert chosen(choice(*files, file_map=file_map)) == f"a/{EXACT}"
    assert others(*files, file_map=file_map) == {f"b/{EXACT}": "map.csv says to ignore it"}


def test_the_end_of_a_location_is_enough_if_it_is_only_one_files(tmp_path: Path) -> None:
    file_map = mapped(tmp_path, ("a\\x.py", "bob", "ch2_networks"), ("=x.py", "", ""))
    assert file_map.students_for("subs.zip:ada/a/x.py") == ["bob"]
    assert file_map.chapters_for("subs.zip:ada/a/x.py", "bob") == [CH2]
    assert file_map.chapters_for("subs/ada/=x.py") == []
    assert file_map.chapters_for("subs/ada/x.py") is None
    assert file_map.unused(()) == []
    file_map.rows_for("subs.zip:eve/a/x.py")
    with pytest.raises(FileMapError, match=r"map.csv:2: a.x.py could mean subs.zip:ada/a/x.py and subs.zip:eve/a/x.py"):
        file_map.unused(())


def test_a_whole_location_is_preferred_to_the_end_of_one(tmp_path: Path) -> None:
    file_map = mapped(tmp_path, ("x.py", "", "ch1"), ("subs/x.py", "", "ch2"))
    assert file_map.chapters_for("subs/x.py") == [CH2]


def test_a_groups_file_is_each_members(tmp_path: Path) -> None:
    file_map = mapped(tmp_path, ("g/ch1.py", "ada", "ch1"), ("g/ch1.py", "bob", ""))
    assert file_map.students_for("g/ch1.py") == ["ada", "bob"]
    assert file_map.chapters_for("g/ch1.py", "ada") == [CH1]
    assert file_map.chapters_for("g/ch1.py", "bob") == []


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("x.py", "ada", "ch1"), ("y.py", "ada", "ch9")], "map.csv:3: 'ch9' is not a chapter; the chapters are ch1_"),
        ([("", "ada", "ch1")], "map.csv:2: names no file"),
        (
            [("x.py", "ada", "ch1"), ("z.py", "ada", ""), ("y.py", "ada", "ch1_fundamentals")],
            "map.csv:4: ada already has x.py for ch1_fundamentals, in line 2; keep one chapter cell, and empty the",
        ),
    ],
)
def test_a_map_that_cannot_be_used_names_the_line(tmp_path: Path, rows: list[tuple[str, ...]], message: str) -> None:
    with pytest.raises(SpreadsheetError) as caught:
        mapped(tmp_path, *rows)
    assert message in str(caught.value)


def test_a_map_without_its_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpreadsheetError, match="has no column chapter; it needs file, student and chapter"):
        mapped(tmp_path, header=("File", "student"))
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(SpreadsheetError, match="has no columns file and chapter"):
        read_file_map(tmp_path / "empty.csv", COURSE)


def test_a_file_that_was_not_submitted_is_told(tmp_path: Path) -> None:
    rows = (("nowhere.py", "ada", "ch1"), ("nothing.py", "ada", ""), ("ada/venv", "ada", ""), ("s/ada/.x", "ada", ""))
    file_map = mapped(tmp_path, *rows)
    assert [line.partition(": ")[2] for line in file_map.unused(["s/ada/venv/lib/x.py", "s/ada/.x"])] == [
        "nowhere.py is not among the files that were submitted",
        "nothing.py is not among the files that were submitted",
    ]


def test_a_student_of_the_map_whom_nobody_knows_is_told_with_who_is_probably_meant(tmp_path: Path) -> None:
    file_map = mapped(tmp_path, ("x.py", "12", "ch1"))
    file_map.rows_for("x.py")
    assert "gives files to 12 (probably 0012), of whom" in file_map.unknown(["0012", "ada"])[0]


def test_two_rows_for_a_file_make_it_no_other_of_itself(tmp_path: Path) -> None:
    file_map = mapped(tmp_path, (f"ada/{EXACT}", "", "ch1"), (EXACT, "", "ch1"))
    result = choice(owned(EXACT, work()), file_map=file_map)
    assert (chosen(result), reasons(result)) == (EXACT, {})


SHEETS: Mapping[str, bytes] = {
    "semicolons": "\ufefffile;student;chapter;note\r\nada/x.py;ada;ch1;yes\r\n".encode(),
    "UTF-16": "file\tstudent\tchapter\nada/x.py\tada\tch1\n".encode("utf-16"),
    "more columns": b"note,File,when,Chapter\nyes,ada/x.py,now,ch1\n",
}


@pytest.mark.parametrize("sheet", SHEETS)
def test_a_map_as_spreadsheets_write_it(tmp_path: Path, sheet: str) -> None:
    (tmp_path / "map.csv").write_bytes(SHEETS[sheet])
    assert read_file_map(tmp_path / "map.csv", COURSE).chapters_for("subs/ada/x.py") == [CH1]


def test_a_file_in_an_archive_is_given_to_another_student_and_a_groups_file_stays_one_each(tmp_path: Path) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("work/ch1.py", work(1))
        file.writestr("bobs/ch1.py", work(2))
    for folder, name, content in (("ada", "hand in.zip", archive.getvalue()), ("bob", "ch2.py", work(3))):
        (tmp_path / "in" / folder).mkdir(parents=True)
        (tmp_path / "in" / folder / name).write_bytes(content)
    file_map = mapped(
        tmp_path,
        ("hand in.zip:bobs/ch1.py", "bob", "ch1"),
        ("bob/ch2.py", "ada", "ch2"),
        ("bob/ch2.py", "7", "ch2"),
    )
    found = collect_submissions(tmp_path / "in", COURSE, file_map=file_map)
    assert {(one.student, one.chapter.name, one.source) for one in found.files} == {
        ("ada", CH1.name, work(1)),
        ("bob", CH1.name, work(2)),
        ("ada", CH2.name, work(3)),
        ("7", CH2.name, work(3)),
    }
    assert len(found.file_notes) == 4
    assert [alarm.partition(" gives ")[2] for alarm in found.alarms] == [
        "files to 7, of whom the submissions say nothing: are the ids right?"
    ]
