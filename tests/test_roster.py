"""Rosters: as spreadsheets write them and platforms export them; who is found among those who submitted."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import TESTS
from torchdojo.batch.merge import merge_roster
from torchdojo.batch.roster import Arrangement, Roster, RosterStudent, read_roster
from torchdojo.batch.written_times import parse_time
from torchdojo.collect.identity import NearIds, identity_key, may_be_one, name_key, notes_on_twins
from torchdojo.collect.platforms import Student
from torchdojo.collect.spreadsheet import SpreadsheetError, read_table
from torchdojo.collect.submissions import Submissions
from torchdojo.course import Course, load_course
from torchdojo.files import csv_text, guarded, unguarded

RosterOf = Callable[[str | bytes], Roster]
BERLIN = ZoneInfo("Europe/Berlin")
ROSTER = """\ufeffstudent,name,email,chapter,extension,exempt,submitted
ada,"Lovelace, Ada",ada@example.org,,2,,

bob,,,ch1_tiny,2026-03-05T12:00:00+01:00,no,2026-03-04T08:00Z
ada,,,ch1_tiny,,yes,
"""


@pytest.fixture
def roster_of(tmp_path: Path, tiny_course: Course) -> RosterOf:
    """Read a roster's text or bytes."""

    def read(content: str | bytes) -> Roster:
        path = tmp_path / "roster.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_roster(path, tiny_course)

    return read


def submitted(*students: str | Student) -> Submissions:
    people = [student if isinstance(student, Student) else Student(student) for student in students]
    return Submissions(students=[one.id for one in people], people={one.id: one for one in people})


def merged(roster: Roster, *students: str | Student) -> Submissions:
    submissions = submitted(*students)
    merge_roster(submissions, roster)
    return submissions


# --- its own columns ------------------------------------------------------------------------------------------------


def test_a_roster(roster_of: RosterOf) -> None:
    roster = roster_of(ROSTER)
    ada = roster.people["ada"]
    assert (ada.name, ada.email, ada.section) == ("Lovelace, Ada", "ada@example.org", "")
    assert roster.arrangement("ada", "ch1_tiny") == Arrangement(timedelta(days=2), exempt=True)
    assert roster.arrangement("bob", "ch1_tiny").submitted == datetime(2026, 3, 4, 8, tzinfo=UTC)
    assert roster.arrangement("nobody", "ch1_tiny") == Arrangement()
    assert roster.notes == []


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("", 1, "is empty"),
        ("section,year\nA,1\n", 1, "the column student is missing"),
        ("student,extention\n", 1, "unknown column 'extention'; did you mean extension"),
        ("student,student\n", 1, "duplicate column student"),
        ("student,Email,E-mail address\n", 1, "the columns 'Email' and 'E-mail address' mean the same"),
        ("student\nada\n\nada\n", 4, "ada already appears on line 2"),
        ("student,chapter\nada,ch9\n", 2, "no chapter 'ch9'"),
        ("student,extension\nada,soon\n", 2, "a number of days"),
        ("student,extension\nada,-1\n", 2, "between 0 and 3650"),
        ("student,extension\nada,nan\n", 2, "a number of days"),
        ('student,extension\nada,"1,000"\n', 2, "thousands or a fraction"),
        ("student,extension\nada,2026-03-05T12:00\n", 2, "has no time zone"),
        ("student,exempt\nada,maybe\n", 2, "must be yes or no"),
        ("student,submitted\nada,2026-03-05T12:00Z\n", 2, "needs its chapter"),
        ("student,chapter,submitted\nada,ch1,2026-03-05\n", 2, "no time of day"),
        ("student,name\n,Ada\n", 2, "the student is missing"),
        ("student\nada,1,2\n", 2, "has 3 cells"),
        ('student\n"ada\n', 2, "is not CSV"),
        ("student\n1.00E+09\n", 2, "the spreadsheet rounded a long number"),
        ('student;name\n"1,00E+09";Ada\n', 2, "the spreadsheet rounded a long number"),
    ],
)
def test_a_roster_with_a_mistake_names_its_line(roster_of: RosterOf, text: str, place: int, words: str) -> None:
    with pytest.raises(SpreadsheetError, match=words) as caught:
        roster_of(text)
    assert str(caught.value).startswith(f"{caught.value.path}:{place}: ")


@given(st.binary(max_size=200))
def test_any_bytes_are_a_roster_or_a_clear_error(data: bytes) -> None:
    course = load_course(TESTS / "tiny")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "roster.csv"
        for start in (b"student,name\n", b""):
            path.write_bytes(start + data)
            try:
                read_roster(path, course)
            except SpreadsheetError as error:
                assert str(error).startswith(f"{path}:")  # noqa: PT017 - either outcome is right


@pytest.mark.parametrize("name", ["ch1", "CH1", "1", "Chapter 1", "ch01", "tiny", "Tiny", "CH1_Tiny", "Kapitel 1"])
def test_a_chapter_by_what_people_call_it(roster_of: RosterOf, name: str) -> None:
    assert roster_of(f"student,chapter,exempt\nada,{name},x\n").arrangement("ada", "ch1_tiny").exempt


@pytest.mark.parametrize(
    ("cell", "days"), [("2", 2), ("1,5", 1.5), ("1.5", 1.5), ("2 days", 2), ("1 day", 1), ("0", 0), ("3d", 3)]
)
def test_days_of_an_extension(roster_of: RosterOf, cell: str, days: float) -> None:
    roster = roster_of(f'student,extension\nada,"{cell}"\n')
    assert roster.arrangement("ada", "ch1_tiny").extension == timedelta(days=days)


def test_times_without_a_zone_are_in_the_courses(tmp_path: Path, tiny_course: Course) -> None:
    text = "student;chapter;extension;submitted\nada;ch1;29.03.2026;01.03.2026 23:59\n"
    (tmp_path / "r.csv").write_text(text)
    course = replace(tiny_course, zone="Europe/Berlin")
    found = read_roster(tmp_path / "r.csv", course).arrangement("ada", "ch1_tiny")
    assert isinstance(found.extension, datetime)
    assert found.extension.isoformat() == "2026-03-29T23:59:59+02:00"
    assert found.submitted is not None
    assert found.submitted.isoformat() == "2026-03-01T23:59:00+01:00"


# --- spreadsheets ---------------------------------------------------------------------------------------------------

TEXT = "student;name;section;extension\nmüller;Jörg Müller;Ä;1,5\n"
EXPECTED = [["student", "name", "section", "extension"], ["müller", "Jörg Müller", "Ä", "1,5"]]


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode("utf-8"),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
        TEXT.encode("cp1252"),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("\n", "\r").encode(),
        TEXT.replace(";", "\t").encode("utf-16"),
        ("sep=;\n" + TEXT).encode(),
        ('"sep=;"\r\n' + TEXT).encode("utf-8-sig"),
        TEXT.replace("\n", ";;;\n").encode() + b";;;;;;\n;;;;;;\n",
        TEXT.replace("müller", '="müller"').encode(),
        TEXT.replace("müller", '"=""müller"""').encode(),
        TEXT.replace("müller", "\u00a0müller\u200b ").encode(),
    ],
)
def test_the_same_table_in_every_form_that_spreadsheets_write(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "t.csv").write_bytes(data)
    table = read_table(tmp_path / "t.csv")
    assert [cells for _, cells in table.rows] == EXPECTED
    assert bool(table.notes) == (data == TEXT.encode("cp1252"))


def test_windows_1252_is_told_with_a_word_to_check(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(TEXT.encode("cp1252"))
    (note,) = read_table(tmp_path / "t.csv").notes
    assert "Windows-1252" in note
    assert "'müller' in line 2" in note


@pytest.mark.parametrize(
    ("cell", "text"),
    [('="0012"', "0012"), ("'0012", "0012"), ("'-ada", "-ada"), ("'x", "'x"), ("''x", "''x"), ("=1+1", "=1+1")],
)
def test_the_marks_of_text_in_spreadsheets(tmp_path: Path, cell: str, text: str) -> None:
    (tmp_path / "t.csv").write_text(f"student,name\n{cell},Ada\n")
    assert read_table(tmp_path / "t.csv").rows[1][1] == [text, "Ada"]


def test_a_quoted_cell_may_go_over_lines_and_lines_are_counted_on(roster_of: RosterOf) -> None:
    with pytest.raises(SpreadsheetError, match=r"roster\.csv:6: exempt is 'perhaps'"):
        roster_of('sep=,\nstudent,name,exempt\nada,"Ada\nLovelace",no\n\nbob,Bob,perhaps\n')


def test_a_name_over_two_lines_is_one_name(roster_of: RosterOf) -> None:
    assert roster_of('student,name\nada,"Ada\r\nLovelace"\n').people["ada"].name == "Ada Lovelace"


def test_a_comma_in_a_name_is_no_separator_where_semicolons_are(roster_of: RosterOf) -> None:
    roster = roster_of("student;name\n11;Lovelace, Ada\n12;Byron, Bob\n")
    assert roster.people["11"].name == "Lovelace, Ada"


def zip_of(*names: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name in names:
            archive.writestr(name, "")
    return data.getvalue()


@pytest.mark.parametrize(
    ("data", "form"),
    [
        (zip_of("[Content_Types].xml", "xl/workbook.xml"), "an Excel workbook"),
        (zip_of("mimetype", "content.xml"), "an OpenDocument spreadsheet"),
        (zip_of("Index/Document.iwa"), "a Numbers spreadsheet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old or encrypted Excel workbook"),
        (b"<html><table>", "a web page"),
        (b"%PDF-1.7", "a PDF"),
    ],
)
def test_what_is_no_csv_file_is_named(tmp_path: Path, data: bytes, form: str) -> None:
    (tmp_path / "roster.xlsx").write_bytes(data)
    with pytest.raises(SpreadsheetError, match=rf"roster\.xlsx:1: is {form}.*save it as .CSV UTF-8"):
        read_table(tmp_path / "roster.xlsx")


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r\n")))
def test_the_guard_against_formulas_is_undone_exactly(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert not guarded(text).startswith(("=", "+", "@"))


@pytest.mark.parametrize("text", ["'x", "'=x", "''=x", "=x", "-", "'-", "-5", "x'", "'", ""])
def test_guarded_ids_that_are_easily_confused(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert csv_text([[text]], guard=False).strip('"\n') == text


# --- times ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01 23:59",
        "2026-03-01T23:59",
        "2026-03-01 23:59:00",
        "2026/03/01 23:59",
        "01.03.2026 23:59",
        "1.3.2026 23:59:00",
        "1 March 2026, 11:59 PM",
        "Sunday, 1 March 2026, 11:59 PM",
        "Mar 1, 2026 at 11:59pm",
        "March 1st, 2026 11:59 p.m.",
        "2026-03-01 23:59:00 +0100",
        "2026-03-01T22:59Z",
        "2026-03-01 22:59:00 UTC",
        "2026-03-01T23:59:00.000+01:00",
    ],
)
def test_one_time_in_many_forms(text: str) -> None:
    assert parse_time(text, BERLIN) == datetime(2026, 3, 1, 23, 59, tzinfo=timezone(timedelta(hours=1)))


@pytest.mark.parametrize("text", ["3/13/2026 11:59 PM", "13/3/2026 23:59", "13-03-2026 23:59"])
def test_a_day_beyond_the_twelfth_tells_day_and_month_apart(text: str) -> None:
    assert parse_time(text, UTC) == datetime(2026, 3, 13, 23, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("3/1/2026 11:59 PM", "either day 3 of month 1 or day 1 of month 3; write it as 2026-03-01 23:59"),
        ("01-03-2026 23:59", "either day 1 of month 3"),
        ("01.03.26 23:59", "two digits"),
        ("2026-02-30 12:00", "not a day of the calendar"),
        ("2026-03-01", "no time of day"),
        ("2026-03-01 24:00", "not a time of day"),
        ("2026-03-01 13:00 PM", "the hour 13"),
        ("2026-03-01 23:59 EST", "zone"),
        ("2026-03-01 23:59 +25:00", "further from UTC"),
        ("46082,99", "a spreadsheet's number for a day"),
        ("tomorrow", "not a time"),
        ("", "not a time"),
    ],
)
def test_what_is_no_time_or_two_is_refused_with_the_reason(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_time(text, BERLIN)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-10-25 02:40", "2026-10-25T00:40:00+00:00", "2026-10-25T01:40:00+00:00"),
        ("2026-03-29 02:30", "2026-03-29T00:30:00+00:00", "2026-03-29T01:30:00+00:00"),
    ],
)
def test_a_time_that_occurs_twice_or_never_favours_the_student(text: str, first: str, last: str) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert parse_time(text, berlin) == datetime.fromisoformat(first)
    assert parse_time(text, berlin, end_of_day=True) == datetime.fromisoformat(last)


def test_a_date_alone_is_the_end_of_its_day_where_that_makes_sense() -> None:
    assert parse_time("29.03.2026", BERLIN, end_of_day=True).isoformat() == "2026-03-29T23:59:59+02:00"


@given(st.text(max_size=40))
def test_any_text_is_a_time_or_a_value_error(text: str) -> None:
    try:
        assert parse_time(text, BERLIN, end_of_day=True).tzinfo is not None
    except ValueError as error:
        assert str(error).startswith(repr(text)[:10])  # noqa: PT017 - either outcome is right


@given(st.datetimes(datetime(1980, 1, 1), datetime(2200, 1, 1)))
def test_iso_times_and_dotted_ones_are_read_as_written(moment: datetime) -> None:
    whole = moment.replace(microsecond=0)
    for text in (whole.isoformat(), f"{whole:%d.%m.%Y %H:%M:%S}", f"{whole:%b %d, %Y %I:%M:%S %p}"):
        assert parse_time(text, UTC) == whole.replace(tzinfo=UTC)


# --- platforms' exports ---------------------------------------------------------------------------------------------

CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Week 1 (4711),Current Score,Final Score
,,,,,Manual Posting,,
    Mögliche Punkte,,,,,10,(read only),(read only)
"Lovelace, Ada",11,S0011,ada@example.org,Tutorial A,9,90,90
"Byron, Bob",12,S0012,bob@example.org,Tutorial A,,,
"Student, Test",99,,b6aa8bc7,Tutorial A,,,
"""
MOODLE = """\ufeff\
"First name","Last name","ID number","Email address",Groups
Ada,Lovelace,5011,ada@example.org,"Group A"
Bob,Byron,5012,bob@example.org,
"""
MOODLE_WORKSHEET = """\
Identifier,"Full name","Email address",Status,Grade,"Maximum Grade","Last modified (submission)"
"Participant 1001","Ada Lovelace",ada@example.org,"Submitted for grading",,100.00,"Sunday, 1 March 2026, 10:10 PM"
"Participant 1002","Bob Byron",bob@example.org,"No submission",,100.00,-
"""
GRADESCOPE = """\
First Name,Last Name,SID,Email,Role,Section
Ada,Lovelace,5011,ada@example.org,Student,A
Bob,Byron,,bob@example.org,Student,A
Eve,Grader,,eve@example.org,TA,
"""
BLACKBOARD = """\
"Last Name"\t"First Name"\t"Username"\t"Student ID"\t"Last Access"\t"Availability"
"Lovelace"\t"Ada"\t"alove1"\t"5011"\t"2026-03-01"\t"Yes"
"Byron"\t"Bob"\t"bbyro1"\t"5012"\t"2026-03-01"\t"Yes"
"""
GITHUB = """\
"identifier","github_username","github_id","name"
"alove1","ada-l","901",""
"bbyro1","bobhub","902",""
"""
BRIGHTSPACE = """\
OrgDefinedId,Username,Last Name,First Name,Email,Week 1 Points Grade <Numeric MaxPoints:10>,End-of-Line Indicator
#5011,#alove1,Lovelace,Ada,ada@example.org,9,#
#5012,#bbyro1,Byron,Bob,bob@example.org,,#
"""
SAKAI = """\
Week 1,SCORE_TYPE_POINTS

Display ID,ID,Last Name,First Name,grade,Submission date,Late submission
5011,alove1,Lovelace,Ada,,,
5012,bbyro1,Byron,Bob,,,
"""
FRENCH = "Prénom;Nom de famille;Numéro d’identification;Adresse de courriel\nAda;Lovelace;5011;\nBob;Byron;5012;\n"
NAMES = "First name,Last name\nAda,Lovelace\nBob,Byron\n"
GERMAN = (
    "Nachname;Vorname;Matrikelnummer;E-Mail-Adresse;Gruppe\nLovelace;Ada;5011;ada@example.org;A\nByron;Bob;5012;;\n"
)


@pytest.mark.parametrize(
    ("text", "students", "column"),
    [
        (CANVAS, ["11", "12"], "ID"),
        (MOODLE, ["5011", "5012"], "ID number"),
        (MOODLE_WORKSHEET, ["1001", "1002"], "Identifier"),
        (GRADESCOPE, ["5011", "bob@example.org"], "SID (1) and Email (1)"),
        (BLACKBOARD, ["5011", "5012"], "Student ID"),
        (GITHUB, ["alove1", "bbyro1"], "identifier"),
        (BRIGHTSPACE, ["5011", "5012"], "OrgDefinedId"),
        (GERMAN, ["5011", "5012"], "Matrikelnummer"),
        (FRENCH, ["5011", "5012"], "Numéro d’identification"),
        (SAKAI, ["alove1", "bbyro1"], "ID"),
        (NAMES, ["Ada Lovelace", "Bob Byron"], "name"),
    ],
)
def test_an_export_of_a_platform_is_a_roster(roster_of: RosterOf, text: str, students: list[str], column: str) -> None:
    roster = roster_of(text)
    assert list(roster.people) == students
    assert any(note.endswith(f"identifies students by the column {column}") for note in roster.notes)
    names = {name_key(person.name) for person in roster.people.values()}
    assert names == ({name_key("Ada Lovelace"), name_key("Bob Byron")} if text is not GITHUB else {""})


def test_what_is_left_out_of_an_export_is_told(roster_of: RosterOf) -> None:
    notes = "\n".join([*roster_of(CANVAS).notes, *roster_of(GRADESCOPE).notes])
    assert "not used: Week 1 (4711), Current Score, Final Score" in notes
    assert "(Canvas's test student): Student, Test" in notes
    assert "(staff): Eve Grader" in notes


@pytest.mark.parametrize(
    ("text", "students", "way"),
    [
        (CANVAS, ("11",), ""),
        (CANVAS, ("S0011",), "the column SIS User ID"),
        (CANVAS, ("ADA@example.org",), "the column SIS Login ID"),
        (CANVAS, ("Ada Lovelace",), "full name"),
        (MOODLE, (Student("1001", "Ada Lovelace"),), "full name"),
        (MOODLE, (Student("1001", "A. L.", "ada@example.org"),), "e-mail address"),
        (MOODLE_WORKSHEET, (Student("1001", "Ada Lovelace"),), ""),
        (GRADESCOPE, ("5011", "bob@example.org"), ""),
        (BLACKBOARD, ("alove1",), "the column Username"),
        (GITHUB, ("ada-l",), "the column github_username"),
    ],
)
def test_a_student_is_found_by_whatever_the_download_has(
    roster_of: RosterOf, text: str, students: tuple[str | Student, ...], way: str
) -> None:
    found = merged(roster_of(text), *students)
    notes = "\n".join(found.notes)
    assert "not in the roster" not in notes
    assert len(found.students) == 2
    if way:
        assert f"1 of the roster found by {way}: " in notes
    else:
        assert "found by" not in notes


def test_the_hand_in_times_of_moodles_worksheet_can_be_used(roster_of: RosterOf) -> None:
    sheet = (
        "Identifier,Full name,Last modified (submission)\n"
        'Participant 1001,Ada Lovelace,"Sunday, 1 March 2026, 11:59 PM +0100"\nParticipant 1002,Bo,-\n'
    )
    assert any("call it submitted, and add a column chapter" in note for note in roster_of(sheet).notes)
    sheet = (
        sheet.replace("Last modified (submission)", "submitted,chapter")
        .replace('"\n', '",ch1\n')
        .replace("-\n", "-,ch1\n")
    )
    roster = roster_of(sheet)
    assert roster.arrangement("1001", "ch1_tiny").submitted == datetime(2026, 3, 1, 22, 59, tzinfo=UTC)
    assert roster.arrangement("1002", "ch1_tiny").submitted is None


# --- who is who -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada", "ada"),
        ("é", "e\N{COMBINING ACUTE ACCENT}"),
        ("ada", "ada\N{ZERO WIDTH SPACE}"),
        ("ada b", "ada\N{NO-BREAK SPACE}b"),
        ("\N{FULLWIDTH DIGIT ONE}", "1"),
        ("straße", "STRASSE"),
    ],
)
def test_spellings_of_one_id(one: str, other: str) -> None:
    assert identity_key(one) == identity_key(other)
    (note,) = notes_on_twins([one, "eve", other])
    assert "differ only in" in note


@given(st.text())
def test_a_key_is_stable_and_is_never_empty_for_an_id(text: str) -> None:
    assert bool(identity_key(text)) == bool(text)
    assert identity_key(identity_key(text)) == identity_key(text)


def test_the_submissions_spelling_wins_and_arrangements_follow(roster_of: RosterOf) -> None:
    roster = roster_of("student,name,extension\nADA,Ada,2\n")
    found = merged(roster, "ada")
    assert found.students == ["ada"]
    assert roster.arrangement("ada", "ch1_tiny").extension == timedelta(days=2)
    assert found.people["ada"].name == "Ada"
    assert any("ADA is ada" in note for note in found.notes)


def test_a_roster_finds_the_exact_one_of_two_that_differ_in_case(roster_of: RosterOf) -> None:
    found = merged(roster_of("student\nada\nAda\n"), "Ada", "ada", "ADA")
    assert found.students == ["Ada", "ada", "ADA"]
    assert any("1 not in the roster: ADA" in note for note in found.notes)


def test_a_student_may_be_spelt_otherwise_in_a_later_row(roster_of: RosterOf) -> None:
    roster = roster_of("student,chapter,extension\nada,,2\nAda,ch1,3\n")
    assert list(roster.people) == ["ada"]
    assert roster.arrangement("ada", "ch1_tiny").extension == timedelta(days=3)


@pytest.mark.parametrize(("roster_id", "submitted_id"), [("12", "0012"), ("1001.0", "1001"), ("ada@uni.edu", "ada")])
def test_a_probable_match_is_told_and_not_made(roster_of: RosterOf, roster_id: str, submitted_id: str) -> None:
    found = merged(roster_of(f"student\n{roster_id}\n"), submitted_id)
    assert set(found.students) == {submitted_id, roster_id}
    notes = "\n".join(found.notes)
    assert f"1 not in the roster: {submitted_id} (probably {roster_id})" in notes
    assert f"1 of the roster submitted nothing: {roster_id} (probably {submitted_id})" in notes


def test_names_that_are_not_text_stay_two_and_joiners_stay() -> None:
    assert Student("M\udcfcller").id == "M\\xfcller" != Student("M\udce4ller").id
    assert Student("1", "علی\N{ZERO WIDTH NON-JOINER}رضا").name == "علی\N{ZERO WIDTH NON-JOINER}رضا"
    assert Student("a\u202eb\n").id == "a\ufffdb\ufffd"


def test_numbers_that_are_close_are_not_taken_for_each_other() -> None:
    assert NearIds(["100124"]).find("100123") == ""
    assert NearIds(["lovelace.ada"]).find("lovelace_ada") == "lovelace.ada"


def test_two_of_one_name_are_not_matched_by_it(roster_of: RosterOf) -> None:
    roster = roster_of("student,name\n5011,Ada Lovelace\n5012,Ada Lovelace\n")
    found = merged(roster, Student("1", "Ada Lovelace"))
    assert found.students == ["1", "5011", "5012"]
    assert any("not matched by full name, because it is not unique" in alarm for alarm in found.alarms)


def test_numbers_of_another_system_are_not_taken_for_the_platforms(roster_of: RosterOf) -> None:
    roster = roster_of("student,name\n1002,Ada Lovelace\n1001,Bob Byron\n")
    found = merged(roster, Student("1001", "Ada Lovelace"), Student("1002", "Bob Byron"))
    assert found.students == ["1001", "1002"]
    assert roster.people["1001"].name == "Ada Lovelace"
    assert any("these numbers are not the platform's" in alarm for alarm in found.alarms)


KIM, BO = Student("1007", "Kim Lee"), Student("1008", "Bo Dan")


@pytest.mark.parametrize(
    ("rows", "kim", "bo", "absent"),
    [
        ("Kim,Lee,1009\nAda,Lovelace,1008\nBo,Dan,1007\n", "1007", "1008", "1008 (roster)"),
        ("Kim,Lee,1009\nAda,Lovelace,1007\nBo,Dan,1010\n", "1007", "1008", "1007 (roster)"),
        ("Kim,Lee,1009\nAda,Lee,1007\nBo,Dan,1010\n", "1007", "1008", "1007 (roster)"),
        ("Kim,Lee,1009\nAda,Lovelace,01007\nBo,Dan,1008\n", "1007", "1008", "01007"),
    ],
)
def test_nobody_takes_the_work_of_another_whose_number_is_equal(
    roster_of: RosterOf, rows: str, kim: str, bo: str, absent: str
) -> None:
    roster = roster_of(f"First name,Last name,ID number\n{rows}")
    found = merged(roster, KIM, BO)
    assert {student: person.name for student, person in roster.people.items()} == {
        kim: "Kim Lee",
        bo: "Bo Dan",
        absent: rows.split("\n")[1].replace(",", " ").rpartition(" ")[0],
    }
    assert sorted(found.students) == sorted([kim, bo, absent])
    assert len(set(found.alarms)) == len(found.alarms)
    if "(roster)" in absent:
        assert any(f"is called {absent} here" in alarm for alarm in found.alarms)


def test_an_absent_students_exemption_is_nobody_elses(roster_of: RosterOf) -> None:
    roster = roster_of("student,name,exempt\n1007,Ada Lovelace,yes\n1009,Kim Lee,\n")
    merged(roster, KIM)
    assert not roster.arrangement("1007", "ch1_tiny").exempt
    assert roster.arrangement("1007 (roster)", "ch1_tiny").exempt


@pytest.mark.parametrize(
    ("there", "name"),
    [
        ("leekim", "Lee, Kim"),
        ("müllerjürgen", "Jürgen Müller"),
        ("Jurgen Muller", "Jürgen Müller"),
        ("Hans Jürgen Mueller", "Hans-Jürgen Müller"),
        ("李雷", "Lei Li"),
        ("Ada Byron", "Ada Lovelace"),
        ("", "Ada Lovelace"),
    ],
)
def test_a_number_matches_where_the_names_may_be_one_persons(roster_of: RosterOf, there: str, name: str) -> None:
    found = merged(roster_of(f'student,name\n1007,"{name}"\n'), Student("1007", there))
    assert (found.students, found.alarms) == (["1007"], [])


def test_a_name_of_canvas_that_is_another_persons_is_seen(roster_of: RosterOf) -> None:
    found = merged(roster_of('Student,ID,SIS Login ID\n"Lovelace, Ada",1007,\n'), Student("1007", "leekim"))
    assert found.students == ["1007", "1007 (roster)"]


def test_names_as_canvas_writes_them_find_the_student(roster_of: RosterOf) -> None:
    roster = roster_of('student,name\n1009,"Lee, Kim"\n1007,Ada Lovelace\n1010,Bo Dan\n')
    found = merged(roster, Student("1007", "leekim"), Student("1008", "danbo"))
    assert found.students == ["1007", "1008", "1007 (roster)"]
    assert [roster.people[one].name for one in found.students] == ["Lee, Kim", "Bo Dan", "Ada Lovelace"]
    assert "1 of the roster submitted nothing: 1007 (roster) (Ada Lovelace)" in found.notes


def test_a_login_is_somebodys_whatever_the_name(roster_of: RosterOf) -> None:
    found = merged(roster_of("student,name\nada7,Ada Lovelace\n"), Student("ada7", "Kim Lee"))
    assert found.students == ["ada7"]


IDS = st.text("abAB12 é0\u0301\u200b@", min_size=1, max_size=4)


@given(st.lists(IDS, unique=True, max_size=6), st.lists(IDS, unique=True, max_size=6), st.booleans())
def test_every_student_of_either_side_has_a_row(roster_ids: list[str], ids: list[str], named: bool) -> None:
    course = load_course(TESTS / "tiny")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "roster.csv"
        path.write_text(csv_text([["student", "name"], *([one, one if named else ""] for one in roster_ids)]))
        try:
            roster = read_roster(path, course)
        except SpreadsheetError:
            return
    before = len(roster.people)
    found = merged(roster, *ids)
    assert len(roster.people) == before  # never two to one
    assert len(set(found.students)) == len(found.students)
    assert set(found.students) == {*roster.people, *(Student(one).id for one in ids)}


CLASS = st.dictionaries(
    st.sampled_from("1234"), st.sampled_from(["Ada Lee", "Bo Dan", "Kim Lee", "leekim", "Dan, Bo", ""]), max_size=4
)


@given(CLASS, CLASS)
def test_whatever_the_numbers_nobody_is_lost_or_becomes_a_stranger(
    listed: dict[str, str], there: dict[str, str]
) -> None:
    people = {one: RosterStudent(name, ids={"student": one}) for one, name in listed.items()}
    roster = Roster(people)
    found = merged(roster, *(Student(one, name) for one, name in there.items()))
    assert sorted(person.ids["student"] for person in roster.people.values()) == sorted(listed)
    assert set(found.students) == {*roster.people, *there}
    for student, person in roster.people.items():
        assert may_be_one(person.name, there.get(student, ""))
