"""The readers of platforms' downloads, on names and files of the real form: whose a file is, and what it was called."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from torchdojo.collect.downloads import READERS, read_downloads
from torchdojo.collect.platforms import Download, OwnedPath
from torchdojo.collect.submitted_paths import SubmissionsError, SubmittedPath

BERLIN = ZoneInfo("Europe/Berlin")
NAME = "ch1_tiny.py"


def level(files: Mapping[str, str]) -> list[SubmittedPath]:
    """A level of a submissions folder."""
    return [
        SubmittedPath(tuple(name.split("/")), name, None, lambda _, text=text: text.encode())  # type: ignore[misc]
        for name, text in files.items()
    ]


def read(platform: str, *names: str, wrapper: str = "", **texts: str) -> Download:
    return read_texts(platform, {**dict.fromkeys(names, ""), **texts}, wrapper)


def read_texts(platform: str, files: Mapping[str, str], wrapper: str = "") -> Download:
    download = READERS[platform](level(files), BERLIN, wrapper=wrapper)
    assert download is not None
    seen = {one.path.location for one in download.owned} | {path.location for path, _ in download.rest}
    assert seen == {name for name in files if not name.endswith("/")}, "each file is owned or left"
    return download


def files(download: Download) -> dict[str, list[str]]:
    """Each student's files."""
    found: dict[str, list[str]] = {student.id: [] for student in download.students}
    for one in download.owned:
        found[one.student.id].append("/".join(one.path.parts))
    return found


def only(download: Download) -> OwnedPath:
    (one,) = download.owned
    return one


@pytest.mark.parametrize("platform", READERS)
@pytest.mark.parametrize(
    "names",
    [
        [],
        ["ada/ch1_tiny.py", "bob/ch1_tiny.py"],
        ["ada.zip", "bob.zip"],
        ["ch1_tiny.py", "ch2_second.ipynb", "notes (1).txt", "data/1.csv"],
        ["Lovelace, Ada/ch1_tiny.py", "1001/ch1_tiny.py", "hw_1-ada/x.py", "2026-03-01 - backup/x.py"],
        ["ada@example.org/ch1_tiny.py", "attempt_2/ch1_tiny.py", "a_1_b_2.py", ".git/HEAD"],
    ],
)
def test_what_is_no_platforms_form_is_read_by_none(platform: str, names: list[str]) -> None:
    assert READERS[platform](level(dict.fromkeys(names, "")), BERLIN) is None


@pytest.mark.parametrize(
    ("platform", "name", "student"),
    [
        ("Canvas", "ada_1001_2001_b_77_assignsubmission_file_c.py", "1001"),
        ("Canvas", "ada_1001_2001_b@c.org_3_d_e.py", "1001"),
        ("Moodle", "Ada_77_assignsubmission_file_x_12_34_y.py", "77"),
        ("Moodle", "Ada_77_assignsubmission_file/1-2 - b - Mar 1, 2026.py", "77"),
        ("Blackboard", "HW_1_2_ada_attempt_2026-03-01-10-00-00_x_3_4_y.py", "ada"),
        ("Autolab", "ada@x.org_3_b_12_34_c.py", "ada@x.org"),
        ("Autolab", "3_ada@x.org_b_c.py", "ada@x.org"),
        ("Brightspace", "41-7 - Ada_1_2_b - Mar 1, 2026 926 PM/x.py", "41"),
        ("Sakai", "Last, First(a_1_2_b)/x.py", "a_1_2_b"),
    ],
)
def test_a_name_in_two_forms_is_that_of_which_the_other_is_a_part(platform: str, name: str, student: str) -> None:
    (download,) = read_downloads(level({name: ""}), BERLIN)
    assert (download.platform, list(files(download))) == (platform, [student])


def test_downloads_of_several_platforms_in_one_folder() -> None:
    names = ["ada_1_2_x.py", "bob_3_4_x.py", "Cleo_5_assignsubmission_file/x.py", "dan/x.py", "notes.txt"]
    canvas, moodle = read_downloads(level(dict.fromkeys(names, "")), BERLIN)
    assert files(canvas) == {"1": ["x.py"], "3": ["x.py"]}
    assert files(moodle) == {"5": ["x.py"]}
    assert canvas.rest == []
    assert [path.location for path, _ in moodle.rest] == ["dan/x.py", "notes.txt"]
    assert read_downloads(level({"dan/x.py": ""}), BERLIN) == []


# --- names in many scripts --------------------------------------------------------------------------------------------

NAMES = [
    "Ada Lovelace", "José Núñez".replace("é", "e\u0301"), "हिन्दी क्षत्रिय", "สมชาย น้ำทิพย์", "தமிழ்ச்செல்வி", "שָׁלוֹם כֹּהֵן",
    "مُحَمَّد العَرَبِيّ", "王小明", "ゔぁ山田 がくと", "김철수", "Зоя Ёлкина", "Νίκη Ώ", "ሰላም ገብረ", "Нгуен Văn Đạt", "O'Hara-Smith Jr.",
    "R2 D2", "Müller (2)", "🙂", "x_y_z", "Anonymous", "Late", "question",
]  # fmt: skip
LETTERS = st.sampled_from(
    "abcXYZ éß हिन्दी क्षत्रिय สมชายน้ำ தமிழ்ச் שָׁלוֹם مُحَمَّد 王小明 ゔがく 김철 Ёзя Ών ሰላ \u0301\u200d'.-()!🙂0123456789"
)
PEOPLE = st.sampled_from(NAMES) | st.text(LETTERS, min_size=1, max_size=20).map(str.strip).filter(bool)
IDS = st.from_regex(r"[0-9]{1,9}", fullmatch=True)
FILES = st.sampled_from([
    NAME, "ch1_tiny.ipynb", "12_34_x.py", "x_12_34_y.py", "_5_6_", "a_77_assignsubmission_file_b.py", "größe मात्रा.py",
    "HW_ada_attempt_2026-01-01-10-00-00_x.py", "a@b.org_3_c_d.py", "text.html", "1 - 2 - Jan 1, 2026.zip", "no suffix",
])  # fmt: skip


@given(PEOPLE, IDS, IDS, FILES.filter(lambda file: "_attempt_" not in file), st.booleans())
@example("smith", "12", "34", "x_question_33_900_f.py", False)
@example("smith", "12", "34", "question_33_900_f.py", True)
def test_a_canvas_name_keeps_its_student_and_file(name: str, user: str, number: str, file: str, late: bool) -> None:
    canvas_name = name.replace("_", "").lower()
    one = only(read("canvas", f"{canvas_name}_{'LATE_' if late else ''}{user}_{number}_{file}"))
    assert (one.student.id, one.path.parts, one.hand_in.late) == (user, (file,), late)
    assert one.hand_in.attempt == (int(number),)


@given(PEOPLE, IDS, FILES, st.booleans(), st.sampled_from(["", "_"]))
def test_a_moodle_name_keeps_its_student_and_file(name: str, user: str, file: str, folder: bool, end: str) -> None:
    top = f"{name.replace('_', ' ')}_{user}_assignsubmission_file"
    one = only(read("moodle", f"{top}{end}/{file}" if folder else f"{top}_{file}"))
    assert (one.student.id, one.path.parts) == (user, (file,))


@given(PEOPLE, IDS, IDS, FILES)
def test_a_brightspace_name_keeps_its_student_and_file(name: str, user: str, number: str, file: str) -> None:
    one = only(read("brightspace", f"{user}-{number} - {name} - Mar 1, 2026 1159 PM/{file}"))
    assert (one.student.id, one.path.parts) == (user, (file,))
    assert one.student.name == one.student.name.strip() != ""
    assert one.hand_in.submitted == datetime(2026, 3, 1, 23, 59, tzinfo=BERLIN)


@given(PEOPLE, st.sampled_from(["ada", "0012", "a.b_c@x.org", "ü-1"]), FILES)
def test_a_sakai_name_keeps_its_student_and_file(name: str, user: str, file: str) -> None:
    one = only(read("sakai", f"{name}, Ada({user})/Submission attachment(s)/{file}"))
    assert (one.student.id, one.path.parts) == (user, (file,))


@given(PEOPLE, st.sampled_from(["ada", "0012", "a.b_c@x.org", "a_b", "ü-1"]), FILES)
def test_a_blackboard_name_keeps_its_student_and_file(name: str, user: str, file: str) -> None:
    start = f"Home_work 1_{user}_attempt_2026-03-01-23-59-00"
    download = read_texts(
        "blackboard", {f"{start}.txt": f"Name: {name} ({user})\r\nAssignment: x\r\n", f"{start}_{file}": ""}
    )
    one = only(download)
    assert (one.student.id, one.path.parts) == (user, (file,))
    assert one.hand_in.submitted == datetime(2026, 3, 1, 23, 59, tzinfo=BERLIN)


# --- Canvas -----------------------------------------------------------------------------------------------------------


def test_canvas_forms_of_a_name() -> None:
    download = read(
        "canvas",
        "lovelaceada_1001_2001_ch1_tiny.py",
        "lovelaceada_1001_2002_ch1_tiny-1.py",
        "turingalan_LATE_0012_2003_chapter-1.ipynb",
        "_1003_2004_ch1_tiny.py",  # a name without a letter
        "hopper_1004_text.html",
        "hoppergrace_LATE_1005_link.html",
        "anon_x7Yz2_2005_ch1_tiny.py",
        "LATE_anon_q1W2e_2006_ch1_tiny.py",
        "unzipped_1006_2007_homework/ch1_tiny.py",
        "zipped_1008_2009_all.tar-1.gz",
        "swartz_late_1007_2008_ch1_tiny.py",  # as older versions write it
        "notes.txt",
    )
    assert files(download) == {
        "1007": ["ch1_tiny.py"],
        "1001": ["ch1_tiny.py", "ch1_tiny.py"],
        "0012": ["chapter-1.ipynb"],  # the number is all that says which chapter it is
        "1003": ["ch1_tiny.py"],
        "1004": ["text.html"],
        "1005": ["link.html"],
        "anon_x7Yz2": ["ch1_tiny.py"],
        "anon_q1W2e": ["ch1_tiny.py"],
        "1006": ["homework/ch1_tiny.py"],
        "1008": ["all.tar.gz"],
    }
    assert [path.name for path, _ in download.rest] == ["notes.txt"]
    assert not download.alarms
    assert [one.hand_in.late for one in download.owned][:3] == [False, False, True]


def test_a_canvas_quiz_has_the_students_id_before_the_question() -> None:
    download = read(
        "canvas",
        "lovelace_ada1001_question_33_900_ch1_tiny.py",
        "turing_alan1002_question_33_901_ch1_tiny.py",
        "1003_question_33_902_ch1_tiny.py",  # all letters of the name were dropped
        "lovelace_ada1001_question_34_903_ch2.py",
    )
    assert files(download) == {"1001": ["ch1_tiny.py", "ch2.py"], "1002": ["ch1_tiny.py"], "1003": ["ch1_tiny.py"]}
    assert not download.alarms


def test_two_names_with_one_id_are_two_students_and_an_alarm() -> None:
    download = read("canvas", "ada_7_1_a.py", "bob_7_2_b.py", "ADA_LATE_7_3_c.py", "cleo_8_4_d.py", "_7_5_e.py")
    assert files(download) == {"7 (ada)": ["a.py", "c.py"], "7 (bob)": ["b.py"], "7": ["e.py"], "8": ["d.py"]}
    (alarm,) = download.alarms
    assert "7 (ada)" in alarm
    assert "7 (bob)" in alarm


def test_two_ways_of_writing_one_name_are_one_student() -> None:
    download = read("canvas", "jose\u0301_7_1_a.py", "jos\u00e9_7_2_b.py")
    assert files(download) == {"7": ["a.py", "b.py"]}
    assert not download.alarms


# --- Moodle -----------------------------------------------------------------------------------------------------------


def test_moodle_forms_of_a_name() -> None:
    download = read(
        "moodle",
        f"Ada Love_Lace 2_1001_assignsubmission_file_/src/{NAME}",  # before Moodle 4.1
        "Ada Love_Lace 2_1001_assignsubmission_onlinetext_/onlinetext.html",
        f"ada99 Ada Byron_0012_assignsubmission_file/{NAME}",  # with the username
        f"Participant_1003_assignsubmission_file/{NAME}",
        f"Teilnehmerin_1004_assignsubmission_file_{NAME}",
        f"Team A_55_assignsubmission_file/{NAME}",
        f"Default group_assignsubmission_file/{NAME}",
        "Empty_1005_assignsubmission_file/",
        "Zipped_1006_assignsubmission_file.zip",  # by the teacher
    )
    assert files(download) == {
        "1001": [f"src/{NAME}", "onlinetext.html"],
        **{user: [NAME] for user in ("0012", "1003", "1004", "55", "Default group")},
        "1005": [],
        "1006": ["Zipped_1006_assignsubmission_file.zip"],
    }
    names = {student.id: student.name for student in download.students}
    assert (names["1001"], names["1003"], names["1004"]) == ("Ada Love_Lace 2", "", "")


@pytest.mark.parametrize(
    "form",
    [
        "Ada_7_assignsubmission_file/attempt{}/x.py",
        "Ada_7_assignsubmission_file/Attempt {}/x.py",
        "Ada_7_assignsubmission_file_attempt{}/x.py",
        "Ada_7_attempt{}_assignsubmission_file/x.py",
    ],
)
def test_separate_attempts_in_moodle_are_told_apart(form: str) -> None:
    download = read("moodle", form.format(1), form.format(10), form.format(2))
    assert files(download) == {"7": ["x.py"] * 3}
    assert [one.hand_in.attempt for one in download.owned] == [(1,), (10,), (2,)]


# --- Blackboard -------------------------------------------------------------------------------------------------------

RECEIPT = """\ufeffName: Ada Lovelace ({user})
Assignment: Homework
Date Submitted: Sunday, March 1, 2026 11:59:00 PM CET
Current Grade: Needs Grading

Submission Field:
Name: not the name (0)

Comments:
There are no student comments for this assignment.

Files:
\tOriginal filename: my ch1_tiny.py
\tFilename: {file}
"""


def test_blackboards_receipt_tells_the_name_and_what_the_file_was_called() -> None:
    start = "HW_1_a_b@x.org_attempt_2026-03-01-23-59-00"
    receipt = RECEIPT.format(user="a_b@x.org", file=f"{start}_mych1_tiny.py")
    download = read_texts("blackboard", {f"{start}.txt": receipt, f"{start}_mych1_tiny.py": "", "index.txt": ""})
    assert files(download) == {"a_b@x.org": ["my ch1_tiny.py"]}
    assert [student.name for student in download.students] == ["Ada Lovelace"]
    assert [reason for _, reason in download.rest] == ["was written by Blackboard: the receipt of a submission", ""]


def test_a_receipt_renames_only_its_own_files() -> None:
    ada, bob = (f"HW_{user}_attempt_2026-03-01-10-00-00" for user in ("ada", "bob"))
    receipt = f"Name: Ada (ada)\nOriginal filename: nothing\nFilename: {bob}_ch1_tiny.py"
    download = read_texts("blackboard", {f"{ada}.txt": receipt, f"{bob}_ch1_tiny.py": ""})
    assert files(download)["bob"] == [NAME]


def test_blackboards_attempts_and_a_student_without_a_file() -> None:
    download = read_texts(
        "blackboard",
        {
            "HW_ada_attempt_2026-03-01-10-00-00_x.py": "",
            "HW_ada_attempt_2026-03-02-09-00-00_x.py": "",
            "HW_b.ob_attempt_2026-03-02-09-00-00.txt": "Naam: Bob (b.ob)",
        },
    )
    assert files(download) == {"ada": ["x.py", "x.py"], "b.ob": []}
    first, second = (one.hand_in.attempt for one in download.owned)
    assert first < second


def test_blackboard_usernames_that_may_be_parts_of_others_are_kept_apart() -> None:
    time = "attempt_2026-03-01-10-00-00"
    download = read("blackboard", f"HW_ada_l_{time}_x.py", f"HW_bob_l_{time}_x.py", f"HW_cleo_{time}_x.py")
    assert files(download) == {"HW_ada_l": ["x.py"], "HW_bob_l": ["x.py"], "cleo": ["x.py"]}
    assert "HW_ada_l, HW_bob_l" in download.alarms[0]


def test_one_receipt_tells_the_assignment_of_all() -> None:
    time = "attempt_2026-03-01-10-00-00"
    download = read_texts("blackboard", {f"HW_1_ada_l_{time}.txt": "Name: Ada (ada_l)", f"HW_1_bob_l_{time}_x.py": ""})
    assert files(download) == {"bob_l": ["x.py"], "ada_l": []} or files(download) == {"ada_l": [], "bob_l": ["x.py"]}
    assert not download.alarms


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2026-03-29-02-30-00", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),  # never, as the clocks were put forward
        ("2026-10-25-02-30-00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # twice: the first
        ("2026-13-45-99-99-99", None),
        ("0000-00-00-00-00-00", None),
    ],
)
def test_a_time_that_is_none_or_two_does_no_harm(written: str, utc: datetime | None) -> None:
    one = only(read("blackboard", f"HW_ada_attempt_{written}_x.py"))
    assert one.hand_in.submitted == utc if utc is None else one.hand_in.submitted.astimezone(UTC) == utc  # type: ignore[union-attr]


# --- Brightspace ------------------------------------------------------------------------------------------------------


def test_brightspace_folders() -> None:
    download = read(
        "brightspace",
        "397063-2557369 - Mary-Ann O'Neil - Smith - Sep 24, 2024 926 PM/ch1_tiny.py",
        "397063-2557369 - Mary-Ann O'Neil - Smith - Sep 25, 2024 1201 AM/ch1_tiny.py",
        "00042-2557369 - John Doe- Sep 24, 2024 11_55 AM/src/ch1_tiny.py",
        "index.html",
    )
    assert files(download) == {"397063": ["ch1_tiny.py"] * 2, "00042": ["src/ch1_tiny.py"]}
    assert [student.name for student in download.students] == ["Mary-Ann O'Neil - Smith", "John Doe"]
    assert [reason for _, reason in download.rest] == ["was written by Brightspace: the list of the files"]
    first, second, _ = (one.hand_in for one in download.owned)
    assert first.submitted == datetime(2024, 9, 24, 21, 26, tzinfo=BERLIN)
    assert second.submitted == datetime(2024, 9, 25, 0, 1, tzinfo=BERLIN)
    assert first.attempt < second.attempt


@pytest.mark.parametrize(
    "written",
    [
        "Mar 1, 2026 1159 PM", "Mar 1, 2026 11_59 PM", "Mar 1, 2026 11:59 PM", "March 1, 2026 2359", "1 Mar, 2026 2359",
        "1 March 2026 23.59", "01 mars 2026 23 h 59", "1. März 2026 23-59", "1 de marzo de 2026 1159 p. m.",
        "1 mrt. 2026 2359", "2026-03-01 2359", "2026-03-01 23-59-00",
    ],
)  # fmt: skip
def test_brightspace_times(written: str) -> None:
    one = only(read("brightspace", f"1-2 - Ada - {written}/x.py"))
    assert one.hand_in.submitted == datetime(2026, 3, 1, 23, 59, tzinfo=BERLIN)


@pytest.mark.parametrize(
    "written", ["3-4-2026 2359", "2026年3月4日 下午1159", "Feb 31, 2026 1159 PM", "Mar 2026", "2026 2026"]
)
def test_a_brightspace_time_that_is_unsure_is_not_guessed(written: str) -> None:
    one = only(read("brightspace", f"1-2 - Ada - {written}/x.py"))
    assert (one.student.id, one.hand_in.submitted) == ("1", None)


def test_a_brightspace_time_in_a_students_own_name_or_file_does_not_count() -> None:
    download = read(
        "brightspace",
        "41-7 - Ada - Mar 1, 2020 100 AM - Mar 9, 2026 1159 PM/x.py",
        "42-7 - Bob - Mar 9, 2026 1159 PM - Mar 1, 2020 100 AM.py",
    )
    assert files(download) == {"41": ["x.py"], "42": ["Mar 1, 2020 100 AM.py"]}
    assert {one.hand_in.submitted for one in download.owned} == {datetime(2026, 3, 9, 23, 59, tzinfo=BERLIN)}


def test_brightspace_files_without_folders() -> None:
    download = read(
        "brightspace",
        "41-7 - Ada King - Mar 1, 2026 926 PM - ch1 - 2025 copy.py",
        "42-7 - Mary-Ann Smith - Mar 1, 2026 926 PM.zip",
    )
    assert files(download) == {"41": ["ch1 - 2025 copy.py"], "42": ["42-7 - Mary-Ann Smith - Mar 1, 2026 926 PM.zip"]}


# --- Sakai ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("timestamp", ["20260301225900123", "2026-03-01T22:59:00.123Z", "2026-03-01T22:59:00Z"])
def test_sakai_folders(timestamp: str) -> None:
    ada = "Lovelace, Ada (Countess)(0012)"
    download = read_texts(
        "sakai",
        {
            f"{ada}/Submission attachment(s)/ch1_tiny.py": "",
            f"{ada}/{ada}_submissionText.html": "",
            f"{ada}/timestamp.txt": timestamp,
            f"{ada}/comments.txt": "",
            f"{ada}/Feedback Attachment(s)/ch1_tiny.py": "",
            "King (née Byron), Ada(7)/Submission attachment(s)/x.py": "",
            "Turing,(alan.t)/Submission attachment(s)/": "",
            "grades.csv": "",
        },
    )
    assert files(download) == {"0012": ["ch1_tiny.py", f"{ada}_submissionText.html"], "7": ["x.py"], "alan.t": []}
    assert [student.name for student in download.students] == [
        "Lovelace, Ada (Countess)",
        "King (née Byron), Ada",
        "Turing",
    ]
    submitted = download.owned[0].hand_in.submitted
    assert submitted is not None
    assert submitted.replace(microsecond=0) == datetime(2026, 3, 1, 22, 59, tzinfo=UTC)
    assert all(reason for _, reason in download.rest)


def test_sakai_without_folders_groups_and_anonymous() -> None:
    number = "53a36da9-5b92-702a-dfa2-5cb1e221a0d2"
    download = read_texts(
        "sakai",
        {
            "Lovelace, Ada(1)_Submission attachment(s)_x_y.py": "",
            "Lovelace, Ada(1)_comments.txt": "",
            "Lovelace, Ada(1)__submissionText.html": "",
            f"2{number[1:]} Anonymous_Submission attachment(s)_x.py": "",
            f"{number} Anonymous/Submission attachment(s)/x.py": "",
            f"Team 1 ({number[::-1]})/x.py".replace(number[::-1], "0" + number[1:]): "",
            f"Team 2, b (1{number[1:]})/Submission attachment(s)/x.py": "",
            f"Team 2, b (1{number[1:]})/members.txt": "Turing, Alan(2); Hopper, Grace(3)",
        },
    )
    assert files(download) == {
        "1": ["x_y.py", "submissionText.html"], "2" + number[1:]: ["x.py"], number: ["x.py"], "0" + number[1:]: ["x.py"], "2": ["x.py"], "3": ["x.py"],
    }  # fmt: skip


# --- Autolab ----------------------------------------------------------------------------------------------------------


def test_autolab_puts_the_address_before_the_last_two_parts() -> None:
    download = read(
        "autolab",
        "ada_l@x.edu_1_handin.py",
        "ada_l@x.edu_12_handin.py",
        "2_bob.l@cs.x.edu_ch1_tiny.py",
        "2_ada_l@x.edu_ch1_tiny.py",
        "annotated_bob.l@cs.x.edu_2_handin.pdf",
    )
    assert files(download) == {"ada_l@x.edu": ["handin.py", "handin.py", NAME], "bob.l@cs.x.edu": [NAME]}
    assert [one.hand_in.attempt for one in download.owned] == [(1,), (12,), (2,), (2,)]
    assert [reason for _, reason in download.rest] == ["is a grader's annotated copy"]
    assert download.students[0].email == "ada_l@x.edu"


def test_autolab_with_more_parts_in_the_name() -> None:
    download = read("autolab", "1_ch2_ada@x.edu_linear_model.py", "1_ch2_bob_l@x.edu_linear_model.py")
    assert files(download) == {"ada@x.edu": ["ch2_linear_model.py"], "bob_l@x.edu": ["ch2_linear_model.py"]}


# --- GitHub Classroom -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("usernames", [["ada"], ["ada", "ada-b", "1-x"]])
def test_github_clones_in_their_folder(usernames: list[str]) -> None:
    names = [f"hw-1-{username}/{NAME}" for username in usernames]
    download = read("github", *names, "other/x.py", wrapper="hw-1-submissions")
    assert files(download) == {username: [NAME] for username in usernames}
    assert [path.location for path, _ in download.rest] == ["other/x.py"]


def test_github_clones_without_their_folder() -> None:
    paths = level(dict.fromkeys(["hw-1-ada/.git/HEAD", f"hw-1-ada/{NAME}", "hw-1-bo-b/.git/HEAD"], ""))
    download = READERS["github"](paths, BERLIN)
    assert download is not None
    assert files(download) == {"ada": [NAME], "bo-b": []}


@pytest.mark.parametrize("wrapper", ["", "submissions", "-submissions", "hw-2-submissions", "hw"])
def test_folders_that_only_look_like_clones_keep_their_names(wrapper: str) -> None:
    assert READERS["github"](level({"hw-1-ada/x.py": "", "hw-1-bob/x.py": ""}), BERLIN, wrapper=wrapper) is None


# --- Gradescope -------------------------------------------------------------------------------------------------------

METADATA = """---
submission_1:
  :submitters:
  - :name: Ada Lovelace
    :sid: 0012
    :email: ada@x.org
  - :name: No
    :sid:
    :email: no@x.org
  :created_at: 2026-03-01 09:30:00.123456789 -08:00
  :score: 1e9
  :results: !ruby/hash:ActiveSupport::HashWithIndifferentAccess
    tests: []
submission_2:
  :submitters:
  - :name: 1234
    :sid: ~
  :created_at: !ruby/object:ActiveSupport::TimeWithZone
    utc: &1 2026-03-01 17:30:00.000000000 Z
    zone: !ruby/object:ActiveSupport::TimeZone
      name: America/Los_Angeles
    time: 2026-03-01 09:30:00.000000000 Z
submission_3:
  :submitters:
  - :name: Missing
    :sid: 1_000
  :created_at: 2026-03-01 18:30:00
"""


def test_gradescope_ids_and_times_are_as_written() -> None:
    names = ["submission_1/src/x.py", "submission_2/x.py", "submission_9/x.py", "loose.py"]
    download = read_texts("gradescope", {"submission_metadata.yml": METADATA, **dict.fromkeys(names, "")})
    assert files(download) == {"0012": ["src/x.py"], "no@x.org": ["src/x.py"], "1234": ["x.py"], "1_000": []}
    submitted = [one.hand_in.submitted for one in download.owned]
    assert submitted[0] == datetime(2026, 3, 1, 17, 30, 0, 123456, tzinfo=UTC)
    assert submitted[2] == datetime(2026, 3, 1, 17, 30, tzinfo=UTC)
    assert [path.location for path, reason in download.rest if "whose file" in reason] == names[2:]
    assert ["submission_3 of 1_000" in alarm for alarm in download.alarms] == [True]


def test_gradescope_students_with_only_a_name_are_kept_apart() -> None:
    record = "submission_{}:\n  :submitters:\n  - :name: Ada\n"
    metadata = "".join(map(record.format, (1, 2))) + "7.pdf:\n  :submitters:\n  - :sid: 07\n"
    names = ["submission_1/x.py", "submission_2/x.py", "7.pdf"]
    download = read_texts("gradescope", {"submission_metadata.yml": metadata, **dict.fromkeys(names, "")})
    assert files(download) == {"Ada (submission_1)": ["x.py"], "Ada (submission_2)": ["x.py"], "07": ["7.pdf"]}
    assert "Ada" in download.alarms[0]


def test_gradescope_metadata_that_cannot_be_read_stop_the_run() -> None:
    with pytest.raises(SubmissionsError, match="is not a mapping of submissions"):
        READERS["gradescope"](level({"submission_metadata.yml": "[1]", "submission_7/x.py": ""}), BERLIN)


def test_a_students_own_file_of_that_name_is_not_gradescopes() -> None:
    assert READERS["gradescope"](level({"submission_metadata.yml": "[1]", "x.py": ""}), BERLIN) is None


# --- anything at all --------------------------------------------------------------------------------------------------

PIECES = st.sampled_from([
    "_12_34_", "_7", "LATE_", "anon_", "_question_", "_text.html", "_assignsubmission_file", "_assignsubmission_onlinetext_",
    "_attempt_2026-03-01-10-00-00", "_attempt_9999-99-99-99-99-99", ".txt", "12-34 - ", " - Mar 1, 2026 1159 PM", " - 2026 ",
    "Last, First(id)", "_Submission attachment(s)_", "timestamp.txt", "members.txt", "comments.txt", "grades.csv", "hw-1-",
    "a@x.org", "_2_", "annotated_", "53a36da9-5b92-702a-dfa2-5cb1e221a0d2", " (", ")", "x", ".py", ".zip", "\udcff", "\u0301",
    "index.html", "attempt2", ".git", "ß", "王", " ", "_", "-", "(", ",",
])  # fmt: skip
SEGMENTS = st.lists(PIECES, min_size=1, max_size=6).map("".join)
PATHS = st.lists(SEGMENTS, min_size=1, max_size=3).map("/".join)


@pytest.mark.parametrize("platform", [platform for platform in READERS if platform != "gradescope"])
@given(
    names=st.lists(PATHS, max_size=8, unique=True),
    text=st.text(max_size=40),
    wrapper=st.sampled_from(["", "hw-1-submissions"]),
)
def test_no_file_is_lost_whatever_the_names(platform: str, names: list[str], text: str, wrapper: str) -> None:
    paths = level(dict.fromkeys(names, text))
    download = READERS[platform](paths, BERLIN, wrapper=wrapper)
    if download is None:
        return
    owned = [one.path.location for one in download.owned if one.student in download.students]
    assert {*owned, *(path.location for path, _ in download.rest)} >= {name for name in names if "/.git/" not in name}
    assert len(owned) + len(download.rest) >= len({*owned, *(path.location for path, _ in download.rest)})
    assert all(student.id for student in download.students)
    assert all(one.path.parts and all(one.path.parts) for one in download.owned)


@pytest.mark.parametrize("platform", READERS)
@pytest.mark.parametrize(
    "name", ["_1" * 30_000, "a,(" * 20_000, "(a,)" * 15_000, "1-2 - " * 10_000, "_attempt_" * 8_000]
)
def test_a_name_of_tens_of_thousands_of_characters_costs_no_time(platform: str, name: str) -> None:
    started = time.monotonic()
    READERS[platform](level({name: "", f"{name}/x.py": "", name[:900]: "", f"{name[:900]}/x.py": ""}), BERLIN)
    assert time.monotonic() - started < 5
