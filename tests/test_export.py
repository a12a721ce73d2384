"""`dojo export`: what it writes is what Canvas, Moodle and Gradescope publish that they read."""

from __future__ import annotations

import csv
import json
import re
import unicodedata
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.conftest import TESTS
from tests.results import make_check, make_result
from torchdojo.batch.merge import merge_roster
from torchdojo.batch.policy import Adjustment
from torchdojo.batch.roster import read_roster
from torchdojo.batch.store import Store
from torchdojo.batch.tables import students_table
from torchdojo.cli.main import cli
from torchdojo.collect.platforms import Student
from torchdojo.collect.submissions import Submissions, collect_submissions
from torchdojo.course import Course, load_course
from torchdojo.files import guarded
from torchdojo.grading.failure import Finding
from torchdojo.grading.result import Result as Verdict
from torchdojo.review.decisions import Decisions
from torchdojo.review.tables import write_tables


def dojo(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["--course", str(TESTS / "tiny"), *map(str, arguments)])


def result(status: str = "graded") -> Verdict:
    """Two points of three, or no score where grading failed."""
    finding = Finding(called="double(x)", expected="2 · x", got="-1")
    return make_result(
        make_check("double.values", "passed", 2.0, 2.0, title="It doubles."),
        make_check("Scale.forward", "failed", 1.0, finding=finding),
        make_check("Scale.cuda", "skipped", 0.5),
        status=status,
        seconds=1.4,
    )


@pytest.fixture
def out(tmp_path: Path, tiny_course: Course) -> Path:
    """Results of a class: graded, late, exempt, nothing handed in, an error of the grader."""
    folder = tmp_path / "out"
    adjustments = {
        ("11", "ch1_tiny"): Adjustment("11", "ch1_tiny", 2.0, 1.8, 3.0, days_late=1, penalty=0.2, reasons=("Late.",)),
        ("12", "ch1_tiny"): Adjustment("12", "ch1_tiny", None, None, 0.0, exempt=True, reasons=("Exempt.",)),
    }
    with Store(folder, tiny_course) as store:
        store.save("11", result(), "version")
        store.save("14", result("grader_error"), "version")
        handed = {("11", "ch1_tiny"), ("14", "ch1_tiny")}
        store.finish(["11", "12", "13", "14"], handed, adjustments)
    (folder / "students.csv").write_text('student,name,email\n11,"Lovelace, Ada",ada@example.org\n12,\'=Bob,\n')
    return folder


def rows(path: Path) -> list[list[str]]:
    return list(csv.reader(path.open(encoding="utf-8", newline="")))


# --- Canvas: github.com/instructure/canvas-lms, lib/gradebook_importer.rb -------------------------------------------


def test_canvas(out: Path, tmp_path: Path) -> None:
    done = dojo("export", "canvas", out, "--out", tmp_path / "c.csv", "--column", "ch1_tiny=Week 1 (4711)")
    assert done.exit_code == 0, done.output
    header, possible, *students = rows(tmp_path / "c.csv")
    # What the importer asks for: the first two columns, the two of the SIS, and Section as the last before assignments.
    assert "Student" in header[0]
    assert "ID" in header[1]
    assert re.search(r"SIS\s+User\s+ID", header[2])
    assert re.search(r"SIS\s+Login\s+ID", header[3])
    assert "Section" in header[4]
    assert re.fullmatch(r"(.*) \((\d+)\)", header[5])
    assert "Points Possible" in possible[0]
    assert possible[5] == "3"
    assert students == [
        ["Lovelace, Ada", "11", "", "", "", "1.8"],
        ["'=Bob", "12", "", "", "", "EX"],
        ["13", "13", "", "", "", ""],
        ["14", "14", "", "", "", ""],
    ]


def test_canvas_by_login(out: Path, tmp_path: Path) -> None:
    assert dojo("export", "canvas", out, "--out", tmp_path / "c.csv", "--id", "sis-login").exit_code == 0
    assert rows(tmp_path / "c.csv")[2][:5] == ["Lovelace, Ada", "", "", "11", ""]


def class_of(folder: Path, course: Course, *students: str) -> Path:
    """Results of a class of students with these ids and names that are a formula."""
    with Store(folder, course) as store:
        for student in students:
            store.save(student, result(), "version")
        store.finish(list(students), {(student, "ch1_tiny") for student in students})
        write_tables(store, Decisions())
    people = {student: Student(student, "=cmd|x", f"+{student}@x.org") for student in students}
    (folder / "students.csv").write_text(students_table(Submissions(people=people)), encoding="utf-8")
    return folder


ODD_IDS = ("-ada", "=eve", "+49", "@bob", "'x", "'=x", "''=x", "-", "é", "e\u0301")


def test_ids_are_written_as_they_are_and_names_as_text(tmp_path: Path, tiny_course: Course) -> None:
    out = class_of(tmp_path / "out", tiny_course, *ODD_IDS)
    assert dojo("export", "canvas", out, "--out", tmp_path / "c.csv").exit_code == 0
    canvas = rows(tmp_path / "c.csv")[2:]
    assert {cells[3] for cells in canvas} == set(ODD_IDS)
    assert {cells[0] for cells in canvas} == {"'=cmd|x"}
    assert dojo("export", "moodle", out, "--out", tmp_path / "m.csv").exit_code == 0
    moodle = rows(tmp_path / "m.csv")[1:]
    assert {cells[0] for cells in moodle} == set(ODD_IDS)
    assert {cells[1] for cells in moodle} == {"'=cmd|x"}
    assert all(cells[2] == f"'+{cells[0]}@x.org" for cells in moodle)
    assert {cells[0] for cells in rows(out / "grades.csv")[1:]} == set(map(guarded, ODD_IDS))


def test_canvas_with_ids_of_two_kinds_says_how_each_was_written(tmp_path: Path, tiny_course: Course) -> None:
    out = class_of(tmp_path / "out", tiny_course, "11", "0012", "ada")
    done = dojo("export", "canvas", out, "--out", tmp_path / "c.csv")
    assert done.exit_code == 0
    assert "1 of the ids are numbers and were written as Canvas IDs, the others as SIS login IDs (0012, ada)" in (
        done.stderr
    )
    assert [cells[1:4] for cells in rows(tmp_path / "c.csv")[2:]] == [["", "", "0012"], ["11", "", ""], ["", "", "ada"]]
    done = dojo("export", "canvas", out, "--out", tmp_path / "c.csv", "--id", "id")
    assert (
        done.exit_code,
        "left out, because they do not have a Canvas ID, which is a number: 0012 (=cmd|x), ada (=cmd|x)" in done.stderr,
    ) == (0, True)
    assert [cells[1] for cells in rows(tmp_path / "c.csv")[2:]] == ["11"]


ROSTERS = {
    "canvas": 'Student,ID,SIS User ID,SIS Login ID,Section\n"Lovelace, Ada",7001,S1,ada@x.org,A\nBob,7002,,bob@x.org,A\n',
    "moodle": "First name,Last name,ID number,Email address\nAda,Lovelace,S1,ada@x.org\nBob,,S2,bob@x.org\n",
    "worksheet": "Identifier,Full name,Email address,Status\nParticipant 1001,Ada Lovelace,ada@x.org,\nParticipant 9,Bob,,\n",
    "github": "identifier,github_username,github_id,name\nS1,Ada Lovelace,5,\nS2,Bob,6,\n",
}


def class_with_a_roster(tmp_path: Path, course: Course, roster: str) -> Path:
    """Results of Ada Lovelace, whose folder has her name, and of Bob, who submitted nothing."""
    (tmp_path / "roster.csv").write_text(ROSTERS[roster])
    submissions = Submissions(["Ada Lovelace"], people={"Ada Lovelace": Student("Ada Lovelace")})
    merge_roster(submissions, read_roster(tmp_path / "roster.csv", course))
    with Store(tmp_path / "out", course) as store:
        store.save("Ada Lovelace", result(), "version")
        store.finish(submissions.students, {("Ada Lovelace", "ch1_tiny")})
        store.write_lists(submissions)
    return tmp_path / "out"


@pytest.mark.parametrize(
    ("platform", "roster", "options", "ids"),
    [
        ("canvas", "canvas", (), [["7001", "S1", "ada@x.org"], ["7002", "", "bob@x.org"]]),
        (
            "canvas",
            "canvas",
            ("--id", "sis-login", "--roster-column", "SIS Login ID"),
            [["", "", "ada@x.org"], ["", "", "bob@x.org"]],
        ),
        ("canvas", "github", ("--id", "sis-user", "--roster-column", "identifier"), [["", "S1", ""], ["", "S2", ""]]),
        ("moodle", "moodle", (), [["S1"], ["S2"]]),
        ("moodle", "github", ("--roster-column", "identifier"), [["S1"], ["S2"]]),
        ("moodle-worksheet", "worksheet", ("--chapter", "ch1"), [["Participant 1001"], ["Participant 9"]]),
    ],
)
def test_a_platform_gets_the_ids_that_its_roster_has(
    tmp_path: Path, tiny_course: Course, platform: str, roster: str, options: tuple[str, ...], ids: list[list[str]]
) -> None:
    out = class_with_a_roster(tmp_path, tiny_course, roster)
    done = dojo("export", platform, out, "--out", tmp_path / "x.csv", *options)
    assert (done.exit_code, done.stderr) == (0, "")
    place = slice(1, 4) if platform == "canvas" else slice(1)
    people = rows(tmp_path / "x.csv")[2 if platform == "canvas" else 1 :]
    assert sorted(cells[place] for cells in people) == ids
    assert [cells for cells in people if "2" in cells]


def class_from(tmp_path: Path, course: Course, platform: str, roster: str, *students: str) -> Path:
    """Results of students, "1001 Ada", of a platform's download, all of whom submitted."""
    ids = [student.split()[0] for student in students]
    people = {one: Student(one, name.split()[1], id_from=platform) for one, name in zip(ids, students, strict=True)}
    submissions = Submissions(ids, people=people)
    if roster:
        (tmp_path / "roster.csv").write_text(roster)
        merge_roster(submissions, read_roster(tmp_path / "roster.csv", course))
    with Store(tmp_path / "out", course) as store:
        for student in ids:
            store.save(student, result(), "version")
        store.finish(submissions.students, {(student, "ch1_tiny") for student in ids})
        store.write_lists(submissions)
    return tmp_path / "out"


ADA_GUS = ("1001 Ada", "1007 Gus")


@pytest.mark.parametrize(
    ("command", "platform", "roster", "students", "ids", "told"),
    [
        (("moodle",), "Moodle", "ID-Nummer,name\n0012,Ada\n", ADA_GUS, ["0012"], "an ID number: 1007 (Gus)"),
        (("moodle",), "Moodle", "Matrikelnummer,name\n0012,Ada\n", ADA_GUS, ["0012"], "an ID number: 1007 (Gus)"),
        (
            ("moodle",),
            "Moodle",
            "Numéro d'identification,name\n0012,Ada\n",
            ADA_GUS,
            ["0012"],
            "an ID number: 1007 (Gus)",
        ),
        (("moodle",), "Moodle", "Número de ID,name\n0012,Ada\n", ADA_GUS, ["0012"], "an ID number: 1007 (Gus)"),
        (("moodle",), "Moodle", "student,name\n0012,Ada\n", ADA_GUS, ["0012"], "an ID number: 1007 (Gus)"),
        (("moodle",), "", "student,name\n1001,Ada\n1009,Eve\n", ADA_GUS, ["1001", "1007", "1009"], ""),
        (("moodle",), "Moodle", "name,email\nAda,a@x.org\n", ADA_GUS, [""], "by the column Email address"),
        (
            ("moodle", "--roster-column", "ID number"),
            *("Moodle", "ID number,name\n0012,Ada\n", ADA_GUS, ["0012"], "the id ID number: 1007"),
        ),
        (
            ("canvas", "--id", "sis-login", "--roster-column", "SIS Login ID"),
            *("Canvas", "Student,ID,SIS Login ID\nAda,1001,ada\n", ADA_GUS, ["ada"], "SIS Login ID: 1007"),
        ),
        (
            ("canvas", "--id", "sis-login"),
            *("Canvas", "Student,ID,SIS Login ID\nAda,1001,ada\n", ADA_GUS, ["ada"], "an SIS Login ID: 1007"),
        ),
        (("canvas",), "Canvas", "ID number,name\n0012,Ada\n0013,Eve\n", ADA_GUS, ["1001", "1007"], "knows: 0013"),
        (("canvas",), "Canvas", "Student,ID,SIS Login ID\nAda,1001,ada\n", ADA_GUS, ["1001ada", "1007"], ""),
        (
            ("moodle-worksheet", "--chapter", "ch1"),
            *("Moodle", "ID number,name\n0012,Ada\n0013,Eve\n", ADA_GUS),
            *(["Participant 1001", "Participant 1007"], "a participant number: 0013"),
        ),
    ],
)
def test_an_id_of_another_kind_is_never_written(
    tmp_path: Path,
    tiny_course: Course,
    command: tuple[str, ...],
    platform: str,
    roster: str,
    students: tuple[str, ...],
    ids: list[str],
    told: str,
) -> None:
    out = class_from(tmp_path, tiny_course, platform, roster, *students)
    done = dojo("export", *command, "--out", tmp_path / "x.csv", out)
    assert done.exit_code == 0, done.output
    assert told in done.stderr
    is_canvas = command[0] == "canvas"
    people = rows(tmp_path / "x.csv")[2 if is_canvas else 1 :]
    assert sorted("".join(cells[slice(1, 4) if is_canvas else slice(1)]) for cells in people) == ids


@pytest.mark.parametrize(
    ("command", "platform"), [("moodle", "Moodle"), ("moodle", "GitHub Classroom"), ("canvas", "Moodle")]
)
def test_a_class_without_ids_of_the_platform_is_an_error(
    tmp_path: Path, tiny_course: Course, command: str, platform: str
) -> None:
    out = class_from(tmp_path, tiny_course, platform, "", *ADA_GUS)
    done = dojo("export", command, out, "--out", tmp_path / "x.csv")
    assert (done.exit_code, "nothing was written" in done.output, "--roster-column" in done.output) == (2, True, True)
    assert not (tmp_path / "x.csv").exists()


def test_two_students_with_one_id_are_left_out(tmp_path: Path, tiny_course: Course) -> None:
    roster = "student,ID number,name\na,5,Ada\ng,5,Gus\nb,6,Bo\n"
    out = class_from(tmp_path, tiny_course, "Moodle", roster, *ADA_GUS, "1 Bo")
    done = dojo("export", "moodle", out, "--out", tmp_path / "m.csv")
    assert "5 is the id of several, so the platform would mix them up: 1001 (Ada) and 1007 (Gus)" in done.stderr
    assert [cells[0] for cells in rows(tmp_path / "m.csv")[1:]] == ["6"]


def test_a_column_that_the_roster_has_not_is_an_error(tmp_path: Path, tiny_course: Course) -> None:
    out = class_with_a_roster(tmp_path, tiny_course, "github")
    done = dojo("export", "moodle", out, "--out", tmp_path / "m.csv", "--roster-column", "SID")
    assert (done.exit_code, "it has identifier, github_username" in done.output) == (2, True)


# --- Moodle: https://docs.moodle.org/en/Grade_import, mod/assign/feedback/offline/importgradeslib.php ---------------


def test_moodle(out: Path, tmp_path: Path) -> None:
    assert dojo("export", "moodle", out, "--out", tmp_path / "m.csv").exit_code == 0
    header, *students = rows(tmp_path / "m.csv")
    assert header == ["ID number", "Full name", "Email address", "Tiny"]
    assert students[0] == ["11", "Lovelace, Ada", "ada@example.org", "1.8"]
    assert [cells[-1] for cells in students] == ["1.8", "-", "-", "-"]


def test_a_moodle_worksheet(out: Path, tmp_path: Path) -> None:
    done = dojo("export", "moodle-worksheet", out, "--chapter", "ch1_tiny", "--out", tmp_path / "m.csv")
    assert done.exit_code == 0, done.output
    header, *students = rows(tmp_path / "m.csv")
    # The importer finds its columns by these names, and the number after "Participant ".
    for name in ("Identifier", "Grade", "Last modified (grade)"):
        assert header.count(name) == 1
    grades = {cells[header.index("Identifier")]: cells[header.index("Grade")] for cells in students}
    assert grades == {"Participant 11": "1.8", "Participant 12": "", "Participant 13": "", "Participant 14": ""}


def test_a_student_without_a_number_does_not_stop_a_worksheet(tmp_path: Path, tiny_course: Course) -> None:
    out = class_of(tmp_path / "out", tiny_course, "1001", "ada")
    done = dojo("export", "moodle-worksheet", out, "--chapter", "ch1_tiny", "--out", tmp_path / "m.csv")
    assert done.exit_code == 0
    assert (
        "export moodle-worksheet: left out, because they do not have a participant number: ada (=cmd|x)" in done.stderr
    )
    assert [cells[0] for cells in rows(tmp_path / "m.csv")[1:]] == ["Participant 1001"]


def test_a_worksheet_for_nobody_is_an_error(tmp_path: Path, tiny_course: Course) -> None:
    out = class_of(tmp_path / "out", tiny_course, "ada")
    done = dojo("export", "moodle-worksheet", out, "--chapter", "ch1_tiny", "--out", tmp_path / "m.csv")
    assert (done.exit_code, "nothing was written" in done.output) == (2, True)
    assert not (tmp_path / "m.csv").exists()


# --- Gradescope: https://gradescope-autograders.readthedocs.io/en/latest/specs/ --------------------------------------

VISIBILITIES = {"hidden", "after_due_date", "after_published", "visible"}
FORMATS = {"text", "html", "simple_format", "md", "ansi"}
TOP = {
    "score": (int, float),
    "execution_time": (int, float),
    "output": str,
    "output_format": str,
    "test_output_format": str,
    "test_name_format": str,
    "visibility": str,
    "stdout_visibility": str,
    "extra_data": dict,
    "tests": list,
    "leaderboard": list,
}
TEST = {
    "score": (int, float),
    "max_score": (int, float),
    "status": str,
    "name": str,
    "name_format": str,
    "number": str,
    "output": str,
    "output_format": str,
    "tags": list,
    "visibility": str,
    "extra_data": dict,
}


def require_published_format(values: dict[str, Any]) -> None:
    for table, known in [(values, TOP), *((test, TEST) for test in values["tests"])]:
        assert set(table) <= set(known)
        assert all(isinstance(value, known[name]) for name, value in table.items())
        assert {value for name, value in table.items() if name.endswith("visibility")} <= VISIBILITIES
        assert {value for name, value in table.items() if name.endswith("format")} <= FORMATS
        assert table.get("status", "passed") in ("passed", "failed")
        assert table["score"] >= 0


def test_gradescope(out: Path, tmp_path: Path) -> None:
    done = dojo("export", "gradescope", out, "--out", tmp_path / "g")
    assert done.exit_code == 0, done.output
    assert "14 hit a grader error" in done.output
    assert sorted(path.parent.name for path in (tmp_path / "g").rglob("results.json")) == ["11", "13"]
    assert "12 is exempt from ch1_tiny, which Gradescope's results cannot say; no file was written" in done.output
    values = json.loads((tmp_path / "g/11/results.json").read_text())
    require_published_format(values)
    assert values["score"] == 1.8
    assert "Late." in values["output"]
    assert values["extra_data"] == {"student": "11", "name": "Lovelace, Ada", "email": "ada@example.org"}
    for test in values["tests"]:
        assert set(TEST) <= {*test, "output"}, "all that the format has for a test; no output where there is none"
        assert test["tags"] == ["ch1_tiny", test["name"].partition(":")[0]]
        assert test["extra_data"]["check"].startswith("ch1_tiny/")
    first, second, third = values["tests"]
    assert [test["extra_data"]["status"] for test in values["tests"]] == ["passed", "failed", "skipped"]
    assert (first["name"], first["status"], first["score"]) == ("double: It doubles.", "passed", 2.0)
    assert (second["status"], second["score"], second["max_score"]) == ("failed", 0.0, 1.0)
    assert (third["score"], third["max_score"]) == (0.0, 0.0)
    nothing = json.loads((tmp_path / "g/13/results.json").read_text())
    require_published_format(nothing)
    assert nothing["score"] == 0
    assert [(test["status"], test["max_score"], test["tags"]) for test in nothing["tests"]] == [
        ("failed", 3.5, ["ch1_tiny"])
    ]
    assert nothing["extra_data"]["student"] == "13"


def test_an_id_that_leads_out_of_the_folder_does_not(tmp_path: Path, tiny_course: Course) -> None:
    with Store(tmp_path / "out", tiny_course) as store:
        for student in ("..", "../eve"):
            store.save(student, result(), "version")
        store.finish(["..", "../eve"], {("..", "ch1_tiny"), ("../eve", "ch1_tiny")})
    assert dojo("export", "gradescope", tmp_path / "out", "--out", tmp_path / "in/g").exit_code == 0
    found = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("results.json"))
    assert found == ["in/g/%2E%2E/results.json", "in/g/%2E.%2Feve/results.json"]


def test_gradescope_for_a_student_who_is_not_there_names_those_that_are_close(out: Path, tmp_path: Path) -> None:
    with Store(out, load_course(TESTS / "tiny")) as store:
        store.finish(["11", "12", "ada.lovelace"], set())
    done = dojo("export", "gradescope", out, "--out", tmp_path / "r.json", "--student", "Ada_Lovelace")
    assert done.exit_code == 2
    assert "no student 'Ada_Lovelace' in the results. Did you mean ada.lovelace?" in done.output
    assert not (tmp_path / "r.json").exists()


def test_gradescope_where_nobody_has_a_score_is_an_error(tmp_path: Path, tiny_course: Course) -> None:
    with Store(tmp_path / "out", tiny_course) as store:
        store.save("ada", result("grader_error"), "version")
        store.finish(["ada"], {("ada", "ch1_tiny")})
    done = dojo("export", "gradescope", tmp_path / "out", "--out", tmp_path / "g")
    assert (done.exit_code, "nothing was written" in done.output) == (2, True)


def test_students_that_a_disk_takes_for_one_have_a_folder_each(tmp_path: Path, tiny_course: Course) -> None:
    students = ("Ada", "ada", "é", "e\u0301", "CON", "con.", "a/b", "a:b", "x" * 300, "x" * 301)
    out = class_of(tmp_path / "out", tiny_course, *students)
    assert dojo("export", "gradescope", out, "--out", tmp_path / "g").exit_code == 0
    names = {unicodedata.normalize("NFC", path.name).casefold() for path in (tmp_path / "g").iterdir()}
    assert len(names) == len(students)


def test_without_results_or_with_an_unknown_chapter(out: Path, tmp_path: Path) -> None:
    done = dojo("export", "canvas", tmp_path, "--out", tmp_path / "c.csv")
    assert (done.exit_code, "holds no results" in done.output) == (2, True)
    done = dojo("export", "canvas", out, "--out", tmp_path / "c.csv", "--chapter", "ch9")
    assert (done.exit_code, "no chapter 'ch9'" in done.output) == (2, True)
    assert not (tmp_path / "c.csv").exists()


def test_an_autograder_trusts_the_container_alone_only_if_told_to(tmp_path: Path) -> None:
    for options, sandbox in (((), "bubblewrap"), (("--sandbox", "none"), "none")):
        assert dojo("export", "autograder", "--out", tmp_path / "a.zip", *options).exit_code == 0
        with zipfile.ZipFile(tmp_path / "a.zip") as archive:
            assert f"--jobs 1 --sandbox {sandbox}\n" in archive.read("run_autograder").decode()


@pytest.mark.parametrize(
    "files", [("ch1_tiny.py",), ("exercises/ch1_tiny.py", "backup/ch1_tiny.py"), ("lovelaceada_11_900_ch1_tiny.py",)]
)
def test_an_autograder_finds_its_student_whatever_was_uploaded(tmp_path: Path, files: tuple[str, ...]) -> None:
    assert dojo("export", "autograder", "--out", tmp_path / "a.zip").exit_code == 0
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        script = archive.read("run_autograder").decode()
    (layout,) = re.findall(r" grade .* --layout (\w+) ", script)
    (student,) = re.findall(r"--student (\w+) ", script)
    for file in files:
        path = tmp_path / "in" / student / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes((TESTS / "tiny/reference/ch1_tiny.py").read_bytes())
    assert collect_submissions(tmp_path / "in", load_course(TESTS / "tiny"), layout=layout).students == [student]
