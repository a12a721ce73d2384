"""Which chapter a file's name means, as files are named on real disks, and which names mean none."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import PROJECT
from torchdojo.collect.match import Level, Match, explain_no_match, find_chapter, match_chapter, normalized_suffix
from torchdojo.course import Course, load_course
from torchdojo.course.build import build_course
from torchdojo.course.tables import CourseTable

REAL = load_course(PROJECT)
NAMES = [chapter.name for chapter in REAL.chapters]
EXERCISE = {"name": "f", "points": 1, "hints": ["a", "b", "c"]}


def course_of(**titles: str) -> Course:
    """A course with chapters of these names."""
    chapters = [
        {"name": name, "title": title, "short": title, "check_seconds": 1, "memory_mb": 512, "exercise": [EXERCISE]}
        for name, title in titles.items()
    ]
    return build_course(CourseTable.model_validate({"title": "A course", "chapter": chapters}).to_json(), PROJECT)


def meant(name: str, course: Course = REAL, folder: str = "") -> str | None:
    match = match_chapter(course, name, folders=(folder,) if folder else ())
    return match.chapter.name if match else None


@pytest.mark.parametrize("name", ["ch1_fundamentals.py", "ch1_fundamentals.ipynb"])
def test_a_name_as_asked_for_is_exact_and_needs_no_note(name: str) -> None:
    assert match_chapter(REAL, name) == Match(REAL.chapters[0], Level.EXACT)


@pytest.mark.parametrize(
    "name",
    [
        # versions and people
        "ch1_fundamentals_v2.py",
        "ch1_fundamentalsv2.py",
        "ch1_fundamentals2.py",
        "ch1_fundamentals (final).py",
        "ch1_fundamentals_FINAL_final.py",
        "ch1_fundamentals_ada.py",
        "ada_ch1_fundamentals.py",
        "adaCh1.py",
        "Ch1Ada.py",
        "12345678_ch1_fundamentals_2026-03-01.py",
        "ch1.final.v2.py",
        "my ch1 fundamentals.py",
        # numbers
        "ch1.py",
        "Ch1.ipynb",
        "CH01.PY",
        "ch-1.py",
        "ch_1.py",
        "ch 1.py",
        "chap1.py",
        "chap 1.py",
        "Chapter-1.py",
        "Chapter 1.py",
        "CHAPTER1.ipynb",
        "chapter_01_solution.ipynb",
        "chapter 1 of 7.py",
        "Kapitel 1.py",
        "Chapitre 1.py",
        "Capítulo 1.py",
        "Capitolo 1.py",
        "Hoofdstuk 1.py",
        "Rozdział 1.py",
        "Глава 1.py",
        "第1章.py",
        "제1장.py",
        "ch１.py",
        "ｃｈ１.py",
        "ch1 2.py",  # macOS's second one
        "ch1_2nd.py",
        "ch1-3b.py",
        # copies, in the words of systems and browsers
        "ch1_fundamentals (1).py",
        "ch1_fundamentals(12).py",
        "ch1 (2).py",
        "ch1_fundamentals-1.py",
        "ch1_fundamentals - Copy (2).py",
        "ch1_fundamentals copy 3.py",
        "ch1_fundamentals (copy).py",
        "Copy of ch1_fundamentals.ipynb",
        "Kopie von ch1_fundamentals.py",
        "ch1_fundamentals - Kopie.py",
        "ch1_fundamentals - copie.py",
        "Copie de ch1_fundamentals.ipynb",
        "Copia de ch1_fundamentals.ipynb",
        "ch1_fundamentals のコピー.py",
        "ch1_fundamentals - コピー.py",
        "ch1_fundamentals - 副本.py",
        "Копия ch1_fundamentals.ipynb",
        "ch1_fundamentals.ipynb のコピー.ipynb",  # as Colab names copies
        "“ch1_fundamentals.ipynb”的副本.ipynb",
        "ch1_fundamentals.ipynb의 사본.ipynb",
        "ch1_fundamentals.ipynb adlı not defterinin kopyası.ipynb",
        "Bản sao của ch1_fundamentals.ipynb",
        "สำเนาของ ch1_fundamentals.ipynb",
        "Kópia – ch1_fundamentals.py",
        "نسخة من ch1_fundamentals.ipynb",
        "ch1_fundamentals-checkpoint.ipynb",
        "ch1_fundamentals-Ada’s MacBook’s conflicted copy 2026-03-01.py",
        # letters
        "Ch1_Fundamentals.py",
        "ch1-fundamentals.py",
        "ch1 fundamentals.py",
        "ch1__fundamentals.py",
        "ch1_fundamentals\u200b.py",
        "\ufeffch1_fundamentals.py",
        " ch1_fundamentals .py",
        # suffixes
        "ch1_fundamentals.pyw",
        "ch1_fundamentals.PY",
        "ch1_fundamentals.Ipynb",
        "ch1_fundamentals.py.txt",
        "ch1_fundamentals.ipynb.txt",
        "ch1_fundamentals.ipynb.json",
        "ch1_fundamentals.py.py",
        "ch1_fundamentals.py (1)",
        "ch1_fundamentals.py.1",
        "ch1_fundamentals.py.",
        "ch1_fundamentals.py~",
        "ch1_fundamentals.py.bak",
        "ch1_fundamentals.py.ipynb",
        "ch1_fundamentals_v２.ｐｙ",
    ],
)
def test_a_name_that_holds_one_chapter_is_understood_and_told(name: str) -> None:
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        match = match_chapter(REAL, unicodedata.normalize(form, name))
        assert match is not None
        assert match.chapter.name == "ch1_fundamentals"
        assert match.how == "its name was read as ch1_fundamentals"
        assert match.level in (Level.NAME, Level.NUMBER)
        assert not match.must_define


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("ch1_ch2.py", "its name could mean ch1_fundamentals or ch2_networks"),
        ("ch1_fundamentals_ch2_networks.py", "its name could mean ch1_fundamentals or ch2_networks"),
        ("ch1-3.py", "its name could mean ch1_fundamentals or ch3_modules"),
        ("ch1_2.py", "its name could mean ch1_fundamentals or ch2_networks"),
        ("Chapter 1 and 2.ipynb", "its name could mean ch1_fundamentals or ch2_networks"),
        ("Kapitel 1 bis 7.ipynb", "its name could mean ch1_fundamentals or ch7_gradient_noise"),
        ("ch1_networks.py", "its name could mean ch1_fundamentals or ch2_networks"),
        ("ch10.py", "matches no chapter"),
        ("ch12_fundamental.py", "matches no chapter"),
        ("ch0.py", "matches no chapter"),
        ("bach1.py", "matches no chapter"),
        ("chapters.py", "matches no chapter"),
        ("1.py", "matches no chapter"),
        ("hw1.py", "matches no chapter"),
        ("week1.ipynb", "matches no chapter"),
        ("solution.py", "matches no chapter"),
        ("fundamental.py", "matches no chapter"),
        ("network.py", "matches no chapter"),
        ("noisy.py", "matches no chapter"),
        ("ch1_fundamentals.pdf", "is not a .py or .ipynb file"),
        ("ch1_fundamentals.pyc", "is not a .py or .ipynb file"),
        ("ch1_fundamentals.docx", "is not a .py or .ipynb file"),
        ("ch1.md", "is not a .py or .ipynb file"),
        ("ch1.png", "is not a .py or .ipynb file"),
        ("ch1_fundamentals.html", "is not a .py or .ipynb file"),
        ("ch1_fundamentals.json", "is not a .py or .ipynb file"),
        ("ch1_fundamentals.zip", "is not a .py or .ipynb file"),
        ("report.pdf", "matches no chapter"),
        ("", "matches no chapter"),
        (".py", "matches no chapter"),
        ("x" * 240, "matches no chapter"),
        ("ch1" * 400 + ".py", "matches no chapter"),
    ],
)
def test_a_name_that_holds_none_or_two_is_not_guessed_at(name: str, reason: str) -> None:
    assert match_chapter(REAL, name) is None
    assert explain_no_match(REAL, name) == reason


@pytest.mark.parametrize(
    "name", ["ch1_fundamentals.txt", "ch1_fundamentals", "Chapter 1", "Fundamentals.py", "fundamentals and autograd.py"]
)
def test_a_vague_name_counts_only_with_the_exercises(name: str) -> None:
    match = match_chapter(REAL, name)
    assert match is not None
    assert match.chapter.name == "ch1_fundamentals"
    assert match.must_define


def test_a_folder_speaks_for_a_file_that_says_nothing() -> None:
    match = match_chapter(REAL, "solution.py", folders=("ch2", "ch1_fundamentals", "src"))
    assert match is not None
    assert (match.chapter.name, match.level, match.must_define) == ("ch1_fundamentals", Level.FOLDER, True)
    assert match.how == "the name of its folder was read as ch1_fundamentals"
    assert meant("ch3.py", folder="ch1") == "ch3_modules"
    assert meant("ch2_ch3.py", folder="ch1") is None
    assert meant("main.py", folder="ch1-3") is None
    assert meant("main.py", folder="modules") is None
    assert meant("data.csv", folder="ch1") is None
    assert meant("README", folder="ch1") is None


def test_names_without_numbers() -> None:
    course = course_of(intro="Introduction", lab_a="First lab", lab_b="Second lab", myLab="Third lab")
    assert meant("intro_v2.py", course) == "intro"
    assert meant("Kopie von LAB-A (2).py", course) == "lab_a"
    assert meant("labB_ada.ipynb", course) == "lab_b"
    assert meant("mylab final.py", course) == "myLab"
    assert meant("lab_a_lab_b.py", course) is None
    assert meant("introduction_to_me.py", course) == "intro"
    assert meant("introspection.py", course) is None
    assert meant("lab.py", course) is None
    assert meant("lab_c.py", course) is None


def test_of_names_that_begin_alike_the_longest_counts() -> None:
    course = course_of(ch1="One", ch1_extra="More of one", ch10="Ten", ch11_b="Eleven")
    assert meant("ch1_ada.py", course) == "ch1"
    assert meant("Chapter 1.py", course) == "ch1"
    assert meant("ch1_extra_ada.py", course) == "ch1_extra"
    assert meant("ch1 Extra (1).py", course) == "ch1_extra"
    assert meant("ch10.py", course) == "ch10"
    assert meant("ch 010 v1.py", course) == "ch10"
    assert meant("ch1-10.py", course) is None
    assert meant("ch11.py", course) == "ch11_b"


def test_two_chapters_of_one_number_need_more_than_the_number() -> None:
    course = course_of(hw1_theory="Theory", hw1_code="Code", hw2="Second")
    assert meant("hw1.py", course) is None
    assert meant("hw1_code_ada.py", course) == "hw1_code"
    assert meant("HW02.py", course) == "hw2"
    assert meant("homework2.py", course) is None


def test_a_name_that_begins_with_its_number() -> None:
    course = course_of(_01_intro="Intro", week02_tensors="Tensors")
    assert meant("01_intro_ada.py", course) == "_01_intro"
    assert meant("chapter 1.py", course) == "_01_intro"
    assert meant("Week 2.py", course) == "week02_tensors"


@pytest.mark.parametrize(
    "text", ["ch3_modules", " ch3_modules ", "CH3", "chapter 3", "Creating new modules", "modules"]
)
def test_a_person_may_name_a_chapter_in_any_of_these_ways(text: str) -> None:
    chapter = find_chapter(REAL, text)
    assert chapter is not None
    assert chapter.name == "ch3_modules"


@pytest.mark.parametrize("text", ["", "3", "ch", "ch8", "ch3_modules.py", "ch3 ada", "network"])
def test_other_texts_name_no_chapter(text: str) -> None:
    assert find_chapter(REAL, text) is None


def test_the_suffix_that_is_meant() -> None:
    assert [normalized_suffix(name) for name in ("X.PY", "x.pyw", "x.ipynb.json", "x", "x.txt", "x.pdf", "x. y")] == [
        *(".py", ".py", ".ipynb"),
        *("", ".txt", ".pdf", ""),
    ]


BEFORE = ["", "ada_", "Kopie von ", "Copy of ", "Copia de ", "Copie de ", "Копия ", "1234567_", "नमस्ते ", "O'Brien-"]
AFTER = [
    "",
    "_v2",
    " (1)",
    " - Kopie",
    " - Copy (2)",
    "_final",
    " copie",
    " のコピー",
    "-checkpoint",
    "_ada",
    "(abgegeben)",
]
SUFFIX = [".py", ".ipynb", ".PY", ".pyw", ".py.txt", ".ipynb.json", ".py (1)"]


@settings(deadline=None)
@given(st.sampled_from(NAMES), st.sampled_from(BEFORE), st.lists(st.sampled_from(AFTER), max_size=3), st.data())
def test_no_decoration_hides_a_chapter(name: str, before: str, after: list[str], data: st.DataObject) -> None:
    text = before + data.draw(st.sampled_from([name, name.upper(), name.replace("_", " "), name.replace("_", "-")]))
    text += "".join(after) + data.draw(st.sampled_from(SUFFIX))
    form = data.draw(st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
    assert meant(unicodedata.normalize(form, text)) == name


@settings(deadline=None)
@given(st.text(max_size=40), st.sampled_from(NAMES), st.text(max_size=40))
def test_any_text_around_a_name_gives_that_chapter_or_a_reason(before: str, name: str, after: str) -> None:
    text = f"{before}_{name}_{after}.py"
    assert meant(text) in (name, None)
    assert meant(text) or explain_no_match(REAL, text)
