"""What the report and feedback say: the numbers by hand, hostile names and words, nothing that must stay hidden."""

from __future__ import annotations

import html
import itertools
import json
import random
import re
import time
import zipfile
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from unicodedata import normalize

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Indel

from tests.conftest import TESTS, Tiny
from torchdojo.batch.policy import Adjustment
from torchdojo.batch.store import Store
from torchdojo.collect.platforms import Student
from torchdojo.collect.submissions import FileNote, Submissions, collect_submissions
from torchdojo.collect.submitted_paths import printable
from torchdojo.course import Course
from torchdojo.grading.result import Result
from torchdojo.grading.status import CheckStatus
from torchdojo.report.check_view import CheckView
from torchdojo.report.class_report import StudentRow, discrimination, find_behind, histogram
from torchdojo.report.code_lines import CodeLineReader
from torchdojo.report.feedback import ExerciseView, Feedback
from torchdojo.report.page import safe_json
from torchdojo.report.paths import Folders, folder_name
from torchdojo.report.render import feedback_markdown
from torchdojo.report.sanitize import fence, redact_inputs, shorten
from torchdojo.report.similar import candidate_pairs, find_near_duplicates, find_similar
from torchdojo.report.write import write_reports

ANYTHING = st.text(st.characters(), max_size=60)
HOSTILE = st.sampled_from(
    [
        "<script>alert(1)</script>",
        "</style><b>",
        "'\"><img src=x onerror=1>",
        "]]>",
        "<!--",
        "../..",
        "\u202e",
        "```",
        "{{x}}",
    ]
)
WORDS = st.lists(ANYTHING | HOSTILE, max_size=4).map("".join)
NAMES = WORDS.filter(bool)


class Tags(HTMLParser):
    """What elements and attributes a page has."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.text += data


def put(store: Store, student: str, result: Result, source: bytes = b"x = 1\n") -> None:
    store.save(student, result, "version", source)


def written(out: Path, course: Course, results: dict[str, Result]) -> Path:
    with Store(out, course) as store:
        for student, result in results.items():
            put(store, student, result)
        store.finish(list(results), {(student, result.chapter) for student, result in results.items()})
        write_reports(store)
    return out


def reported(out: Path, course: Course, results: dict[str, Result], collected: Submissions) -> Tags:
    """Write the pages of a class whose submissions were read as told; return report.html."""
    students = sorted({*results, *collected.students})
    with Store(out, course) as store:
        for student, result in results.items():
            put(store, student, result)
        store.write_lists(replace(collected, students=students))
        store.finish(students, {(student, result.chapter) for student, result in results.items()})
        write_reports(store)
    return Tags((out / "report.html").read_text())


def test_discrimination_by_hand() -> None:
    # Mean rest 2.4, of those who passed 3, of the others 1.5; variance 1.04: 1.5 / √1.04 · √(0.6 · 0.4).
    found = discrimination([True, True, True, False, False], [4, 3, 2, 2, 1])
    assert found == pytest.approx(0.7206, abs=1e-4)
    assert discrimination([True, False], [1, 0]) is None
    assert discrimination([True] * 5, [1, 2, 3, 4, 5]) is None
    assert discrimination([True, False, True], [2, 2, 2]) is None
    assert discrimination([False, False, True, True], [3, 4, 1, 2]) < 0


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=3, max_size=30))
def test_discrimination_is_the_correlation(pairs: list[tuple[bool, float]]) -> None:
    passed, rest = [a for a, _ in pairs], [b for _, b in pairs]
    found = discrimination(passed, rest)
    assert found is None or -1 - 1e-9 <= found <= 1 + 1e-9
    if found is not None:
        opposite = discrimination([not one for one in passed], rest)
        assert opposite == pytest.approx(-found)


def test_histogram_by_hand() -> None:
    assert histogram([0, 0.05, 0.1, 0.55, 0.999, 1]) == [2, 1, 0, 0, 0, 1, 0, 0, 0, 2]


@given(NAMES)
def test_a_folder_name_is_one_harmless_component(name: str) -> None:
    folder = folder_name(name)
    assert folder == Path(folder).name
    assert len(folder.encode()) < 200
    assert not set(folder) & set('/\\\0:*?"<>|\n')
    assert folder[0] not in ". -"
    assert folder[-1] not in ". "


@given(st.lists(NAMES, min_size=2, max_size=2, unique=True))
def test_two_students_never_share_a_folder(names: list[str]) -> None:
    assert folder_name(names[0]) != folder_name(names[1])


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("ada", "ada"),
        ("Müller, Jörg (2)", "Müller, Jörg (2)"),
        ("..", "%2E%2E"),
        ("../../etc", "%2E.%2F..%2Fetc"),
        ("con", "%63on"),
        ("a%2Fb", "a%252Fb"),
    ],
)
def test_folder_names_that_people_will_meet(name: str, folder: str) -> None:
    assert folder_name(name) == folder


@pytest.mark.parametrize("name", ["CON", "nul.txt", "com1", "COM¹", "lpt0.tar.gz", "aux .py"])
def test_a_folder_is_never_named_like_a_device_of_windows(name: str) -> None:
    assert folder_name(name).startswith("%")


@pytest.mark.parametrize("name", ["अदिति शर्मा", "สมชาย", "e\u0301ve", "தமிழ்", "أحمد"])
def test_a_name_in_any_script_is_a_folder_that_can_be_read(name: str) -> None:
    assert folder_name(name) == name


@given(st.lists(st.text("aA\u00e9e\u0301 .ßsS\u200b/%~ｅ", max_size=4), unique=True, max_size=8))
def test_no_two_students_share_a_folder_on_any_disk(names: list[str]) -> None:
    folders = Folders(names)
    assert len({normalize("NFC", folders.name(name)).casefold() for name in names}) == len(names)
    assert len({normalize("NFD", folders.name(name)).upper() for name in names}) == len(names)


def test_names_that_differ_stay_as_they_are() -> None:
    folders = Folders(["Ada", "ada", "Bob"])
    assert folders.name("Bob") == "Bob"
    assert all(re.fullmatch(f"{name}~[0-9a-f]{{16}}", folders.name(name)) for name in ("Ada", "ada"))


def test_long_names_stay_apart() -> None:
    assert folder_name("x" * 500) != folder_name("x" * 501)


def test_numbers_that_could_be_inputs_are_left_out() -> None:
    hidden = "ValueError: [[0.4967, -0.1383], [1.5e-3, 2e5]] and 3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5"
    assert not re.search(r"\d", redact_inputs(hidden).replace("and", ""))
    kept = (
        "RuntimeError: mat1 and mat2 shapes cannot be multiplied (3x4 and 5x3) at cuda:0, dimension 2, layer.0.weight"
    )
    assert redact_inputs(kept) == kept


@given(WORDS)
def test_words_fit_a_page(words: str) -> None:
    assert all(c.isprintable() or c == "\n" for c in shorten(words))
    block = fence(words).split("\n")
    assert block[0].removesuffix("text") == block[-1]
    assert block[-1] not in words or "`" not in words


@given(WORDS)
def test_data_cannot_end_its_script(words: str) -> None:
    assert not set(safe_json({"x": words})) & set("<>&")


@pytest.fixture(scope="module")
def results(tiny: Tiny) -> dict[str, Result]:
    stub = (TESTS / "tiny/exercises/ch1_tiny.py").read_bytes()
    return {
        "right": tiny.grade(tiny.reference),
        "stub": tiny.grade(stub),
        "squared": tiny.grade(tiny.with_double("return x * x")),
        "raised": tiny.grade(tiny.with_double("raise ValueError(f'<script>{x.tolist()}</script>')")),
        "rejected": tiny.grade(b"def f(:\n"),
        "exits": tiny.grade(tiny.with_double("import os; os._exit(3)")),
    }


def collected_of(students: list[str], words: str) -> Submissions:
    """What a class may have handed in beside its graded files, with the same words everywhere."""
    notes = [FileNote(f"/in/{words}", student, "ch1_tiny", words, shown=f"./{words}") for student in students]
    notes += [FileNote(f"/in/{words}", student, "", words, shown=f"./{words}") for student in students]
    people = {student: Student(student, f"Dr {words}") for student in students}
    return Submissions(students, file_notes=notes, people=people, notes=[words], alarms=[words])


@pytest.fixture(scope="module")
def plain_tags(results: dict[str, Result], tiny_course: Course, tmp_path_factory: pytest.TempPathFactory) -> list[Tags]:
    """The elements of a class report and of a feedback page that hold nothing hostile."""
    out = tmp_path_factory.mktemp("plain")
    told = collected_of(["a", "b"], "plain")
    reported(out, tiny_course, {"a": results["raised"], "b": results["rejected"]}, told)
    return [Tags((out / name).read_text()) for name in ("report.html", "feedback/a/ch1_tiny.html")]


@settings(max_examples=15, deadline=None)
@given(st.lists(NAMES.map(printable), min_size=3, max_size=3, unique=True), WORDS, WORDS)  # as collected
def test_hostile_names_and_words_stay_words(
    results: dict[str, Result],
    plain_tags: list[Tags],
    tiny_course: Course,
    tmp_path_factory: pytest.TempPathFactory,
    names: list[str],
    words: str,
    line: str,
) -> None:
    """Whatever names and messages hold, the pages have the elements and attributes that plain ones have."""
    known, page_known = plain_tags
    out = tmp_path_factory.mktemp("out")
    with Store(out, tiny_course) as store:
        for name, key in zip(names, ("raised", "rejected", "raised"), strict=True):
            result = results[key]
            checks = [
                replace(check, finding=replace(check.finding, got=words, text=line, called=words))
                for check in result.checks
            ]
            hostile = replace(result, checks=checks, message=words)
            store.save(name, hostile, "version", line.encode("utf-8", "replace"))
        store.write_lists(collected_of(names, words))
        store.finish(names, {(name, "ch1_tiny") for name in names})
        write_reports(store)
    tags = Tags((out / "report.html").read_text())
    assert (set(tags.tags), tags.attributes) <= (set(known.tags), known.attributes)
    assert tags.tags.count("script") == known.tags.count("script") == 2
    for name in names:
        page = Tags((out / "feedback" / folder_name(name) / "ch1_tiny.html").read_text())
        assert set(page.tags) <= {*page_known.tags, "dl", "dt", "dd", "span", "p", "b", "div"}
        assert "script" not in page.tags
        assert page.attributes <= page_known.attributes | {"class", "style"}
    folders = sorted(path.name for path in (out / "feedback").iterdir())
    assert folders == sorted(folder_name(name) for name in names)
    assert {path.name for path in out.iterdir()} == {
        *(
            "feedback",
            "report.html",
            "results.jsonl",
            "files.csv",
            "students.csv",
            "store.sqlite",
            ".lock",
        )
    }


def test_feedback_says_what_helps(tmp_path: Path, tiny_course: Course, results: dict[str, Result]) -> None:
    out = written(tmp_path, tiny_course, results)
    exercise = tiny_course.chapters[0].exercises[0]

    def page(student: str) -> str:
        return Tags((out / f"feedback/{student}/ch1_tiny.html").read_text()).text

    assert html.unescape(exercise.hints[0]) in page("stub")
    assert exercise.hints[1] in page("squared")
    assert "match the mistake" in page("squared")
    assert "3.5" in page("right")
    assert "Hint" not in page("right")
    assert "could not be read or loaded" in page("rejected")
    for student in results:
        both = page(student) + (out / f"feedback/{student}/ch1_tiny.md").read_text()
        assert all(
            other not in both for other in results if other != student and other not in ("right", "stub", "raised")
        )
        assert exercise.hints[2] not in both
    raised = (out / "feedback/raised/ch1_tiny.html").read_text()
    assert "<script" not in raised
    got = re.search(r"ValueError: (.*)", html.unescape(raised))
    assert got
    assert not re.search(r"\d\.\d", got[1])


def test_feedback_as_markdown_keeps_its_parts_apart(
    tmp_path: Path, tiny_course: Course, results: dict[str, Result]
) -> None:
    """A heading or a paragraph that shares a line or a list item with what precedes it is shown as a part of that."""
    out = written(tmp_path, tiny_course, results)
    for student in results:
        lines = (out / f"feedback/{student}/ch1_tiny.md").read_text().splitlines()
        assert any(re.fullmatch(r"\*\*[\d.]+ of 3.5 points\*\*", line) for line in lines)
        headings = [line for line in lines if line.startswith("## ")]
        assert [line.split()[1] for line in headings] == [one.name for one in tiny_course.chapters[0].exercises]
        apart = [at for at, line in enumerate(lines) if line.startswith(("## ", "**", "Hint: ", "Read: ", "Your file"))]
        assert all(lines[at - 1] == "" for at in apart)


def test_the_file_is_a_link_away_and_a_line_of_it_two(
    tmp_path: Path, tiny_course: Course, tiny: Tiny, results: dict[str, Result]
) -> None:
    source = tiny.with_double("y = '<b>' if 0 else x\nreturn y @ 'oops'")
    with Store(tmp_path, tiny_course) as store:
        put(store, "ada", tiny.grade(source), source.encode())
        store.save("eve", results["rejected"], "version", None)  # it could not be read
        store.finish(["ada", "eve"], {("ada", "ch1_tiny"), ("eve", "ch1_tiny")})
        write_reports(store)
    ada = tmp_path / "feedback/ada"
    page = (ada / "ch1_tiny.py.html").read_text()
    rows = [Tags(row).text for row in re.findall(r'<li id="L\d+">.*?</li>', page)]
    assert rows == [f"{number}{line}" for number, line in enumerate(source.splitlines(), start=1)]
    assert "default-src 'none'" in page
    assert "script" not in Tags(page).tags
    line = source.splitlines().index("    return y @ 'oops'") + 1
    assert f"ch1_tiny.py.html#L{line}" in Tags((ada / "ch1_tiny.html").read_text()).links
    for name in ("index.html", "ch1_tiny.html"):
        assert "ch1_tiny.py.html" in Tags((ada / name).read_text()).links
    report = Tags((tmp_path / "report.html").read_text())
    assert not [link for link in report.links if "eve" in link and ".py.html" in link]
    assert not (tmp_path / "feedback/eve/ch1_tiny.py.html").exists()
    assert ".py.html" not in (tmp_path / "feedback/eve/ch1_tiny.html").read_text()
    assert set(Tags(page).links) >= {"index.html", "ch1_tiny.html", f"#L{line}"}


@given(st.data())
def test_a_heading_of_any_feedback_stands_alone(data: st.DataObject) -> None:
    """Markdown takes what follows a line without an empty one between for a part of it."""
    texts = st.sampled_from(["", "late", "x\ny", "# not a heading", "```"])
    lists = st.lists(texts.filter(bool), max_size=2)
    views = st.builds(
        CheckView,
        title=st.just("It doubles."),
        status=st.sampled_from(CheckStatus),
        points=st.just(1.0),
        rows=st.lists(st.tuples(st.sampled_from(["called", "got"]), texts), max_size=2),
        advice=lists,
        mistake=texts,
        explanation=st.lists(st.just("Why."), max_size=2).map(tuple),
        repeated=st.booleans(),
    )
    exercises = st.builds(
        ExerciseView,
        name=st.sampled_from(["init_parameters", "Linear"]),
        points=st.just(2.0),
        earned=st.just(1.0),
        checks=st.lists(views, min_size=1, max_size=3),
        hint=st.none() | st.just("Think."),
        read=st.sampled_from(["", "https://example.org/x"]),
    )
    feedback = data.draw(
        st.builds(
            Feedback,
            *map(st.just, ("Course", 1, "ch1_tiny", "Tiny", "ada")),
            score=st.none() | st.just(18.0),
            raw=st.none() | st.sampled_from([18.0, 20.0]),
            max_points=st.just(20.0),
            message=texts,
            exercises=st.lists(exercises, max_size=3),
            reasons=lists,
            notes=lists,
            exempt=st.booleans(),
            name=texts,
        )
    )
    lines = feedback_markdown(feedback).splitlines()
    fence_open = ""
    for before, line, after in zip(lines, lines[1:], [*lines[2:], ""], strict=False):
        marks = re.match(r" *(`*)", line)
        assert marks
        if len(marks[1]) >= 3 and fence_open in ("", marks[1]):
            fence_open = "" if fence_open else marks[1]
        assert fence_open or "## " not in line or (line.startswith("## ") and before == after == ""), lines
    headings = [line.split()[1] for line in lines if line.startswith("## ")]
    assert headings == [exercise.name for exercise in feedback.exercises]


def test_a_rejected_file_has_a_colour_of_its_own(
    tmp_path: Path, tiny_course: Course, results: dict[str, Result]
) -> None:
    page = (written(tmp_path, tiny_course, results) / "report.html").read_text()
    found = re.search(r'id="heat-data">(.*?)</script>', page)
    assert found
    data = json.loads(found[1])
    rows = dict(zip(data["students"], data["rows"], strict=True))
    assert set(rows["rejected"]) == {"r"}
    assert data["statuses"]["r"] == "could not be loaded"
    assert not any("r" in row for student, row in rows.items() if student != "rejected")
    legend = re.search(r'<ul class="legend">(.*?)</ul>', page)
    assert legend
    entries = [re.sub(r"<.*?>", "", entry) for entry in legend[1].split("</li>")[:-1]]
    assert "could not be loaded" in entries
    assert len(set(re.findall(r"rgb\(.*?\)", legend[1]))) == len(entries)


def test_the_pages_come_back_from_the_store(tmp_path: Path, tiny_course: Course, results: dict[str, Result]) -> None:
    out = written(tmp_path, tiny_course, results)
    before = {path: path.read_text() for path in out.rglob("*") if path.suffix in (".html", ".md")}
    assert len(before) == 1 + 4 * len(results)
    for path in before:
        path.unlink()
    stale = out / "feedback/gone/ch1_tiny.html"
    stale.parent.mkdir()
    for name in (stale, stale.with_name("ch1_tiny.py.html")):
        name.write_text("of another run")
    mine = out / "feedback/right/notes.txt"
    mine.write_text("a TA's own")
    with Store(out, tiny_course) as store:
        write_reports(store)
    assert {path: path.read_text() for path in before} == before
    assert not stale.parent.exists()
    assert mine.read_text() == "a TA's own"
    looked_at = Tags((out / "report.html").read_text()).text
    assert "rejected" in looked_at
    assert "crashed" in looked_at


def test_adjustments_are_shown_and_raw_scores_kept(
    tmp_path: Path, tiny_course: Course, results: dict[str, Result]
) -> None:
    late = ("Two days late: 1 point off <b>each</b>.",)
    places = {
        ("ada", "ch1_tiny"): Adjustment("ada", "ch1_tiny", 3.5, 2.5, 3.5, reasons=late),
        ("bob", "ch1_tiny"): Adjustment("bob", "ch1_tiny", 3.5, None, 0.0, exempt=True, reasons=("You are exempt.",)),
    }
    with Store(tmp_path, tiny_course) as store:
        for student in ("ada", "bob"):
            put(store, student, results["right"])
        store.finish(["ada", "bob"], set(places), places)
        write_reports(store)
    exempt = Tags((tmp_path / "feedback/bob/ch1_tiny.html").read_text()).text
    assert "You are exempt." in exempt
    assert "failed" not in exempt
    page = (tmp_path / "feedback/ada/ch1_tiny.html").read_text()
    words = Tags(page).text
    assert "2.5of 3.5 points" in words
    assert "earned 3.5 points before adjustments" in words
    assert "Two days late: 1 point off &lt;b&gt;each" in page


STUB = "import torch\n\n\ndef f(x):\n    ...\n\n\ndef g(x):\n    ...\n"
OWN = """import torch


def f(x):
    total = torch.zeros(())
    for row in x:
        total = total + row.pow(2).sum()
    scaled = total.sqrt().clamp_min(1e-7)
    return torch.stack([scaled, scaled.log1p()])


def g(x):
    pieces = [part.flip(0) for part in x.chunk(3)]
    return torch.cat(pieces).roll(2)
"""


def test_a_copy_with_other_names_and_comments_is_found() -> None:
    copy = (
        OWN.replace("total", "acc")
        .replace("row", "r")
        .replace("pieces", "bits")
        .replace("    return", "    # mine\n    return")
    )
    other = STUB.replace("...", "return x.abs().cumsum(0) @ x.t()", 1).replace(
        "...", "y = x\n    y = -y\n    return y.T", 1
    )
    found = find_near_duplicates(
        "ch", [("a", OWN.encode()), ("b", copy.encode()), ("c", other.encode()), ("s", STUB.encode())], STUB
    )
    assert [(pair.left, pair.right) for pair in found] == [(("a",), ("b",))]
    assert found[0].similarity == 1
    assert (5, "total = torch.zeros(())", 5, "acc = torch.zeros(())") in [
        (left.number, left.text, right.number, right.text) for left, right in found[0].shared
    ]


def test_what_many_wrote_and_what_the_stub_gave_is_no_evidence() -> None:
    class_of_30 = [(f"s{i}", OWN.replace("1e-7", f"1e-{i}").encode()) for i in range(30)]
    assert find_near_duplicates("ch", class_of_30, STUB) == []
    assert find_near_duplicates("ch", [("a", STUB.encode()), ("b", STUB.encode())], STUB) == []
    assert find_near_duplicates("ch", [("a", b"\xff(\n'''"), ("b", b"\xff(\n'''")], STUB) == []


def test_the_same_file_twice_is_one_group() -> None:
    found = find_near_duplicates(
        "ch", [("c", OWN.encode()), ("a", OWN.encode()), ("b", (OWN + "\n# mine\n").encode())], STUB
    )
    assert [(pair.left, pair.identical) for pair in found] == [(("a", "b", "c"), True)]


def test_a_logical_line_over_many_rows_is_one_and_a_broken_text_still_counts() -> None:
    reader = CodeLineReader('def f(x):\n    """What\n    it does."""\n    ...\n')
    text = 'def f(x):\r\n    """Other\n    words."""\n    total = sum(\n        [x, x],  # twice\n    )\n    return total\n'
    assert [(line.number, line.normalized) for line in reader.own_lines(text.encode())] == [
        (4, "_ = sum ( [ x , x ] , )")
    ]
    again = text.replace("total", "acc").replace("    )\n", "  )\n")
    assert reader.own_lines(again.encode())[0].normalized == "_ = sum ( [ x , x ] , )"
    broken = reader.own_lines(b"total = sum( x , x\nfor every row in it\n")
    assert [line.normalized for line in broken] == ["total = sum( x , x", "for every row in it"]


@given(
    st.lists(st.lists(st.integers(0, 6), min_size=1, max_size=9), max_size=9), st.sampled_from([0.5, 0.75, 0.9, 1.0])
)
def test_no_similar_pair_is_lost(sequences: list[list[int]], least: float) -> None:
    every = [
        (a, b)
        for a, b in itertools.combinations(range(len(sequences)), 2)
        if Indel.normalized_similarity(sequences[a], sequences[b]) >= least
    ]
    assert [(a, b) for a, b, _ in find_similar(sequences, least)] == every


def test_a_class_of_200_takes_few_comparisons() -> None:
    """Of 19,900 pairs only the copies are compared, though each line is in several other texts; and it is quick."""
    chance = random.Random(3)
    pool = [f"    v{i} = x.roll({i}).sum() * {i % 37} + y[{i % 11}]" for i in range(2000)]
    texts = [chance.sample(pool, 40) for _ in range(190)]
    texts += [[*text[:17], "    pass", *text[20:]] for text in texts[:10]]
    sources = [(f"s{n:03}", (STUB + "\n".join(text) + "\n").encode()) for n, text in enumerate(texts)]
    codes = {row: code for code, row in enumerate(pool)}
    compared = list(candidate_pairs([[codes[row] for row in text if row in codes] for text in texts], 0.75))
    assert sorted(compared) == [(n, 190 + n) for n in range(10)]
    started = time.process_time()
    found = find_near_duplicates("ch", sources, STUB)
    assert time.process_time() - started < 10
    assert sorted((*pair.left, *pair.right) for pair in found) == [(f"s{n:03}", f"s{190 + n}") for n in range(10)]
    assert all(pair.common == 37 and len(pair.shared) == 30 for pair in found)


def test_the_memory_that_checks_took_is_shown(tmp_path: Path, tiny_course: Course, results: dict[str, Result]) -> None:
    measured = [check.memory for check in results["right"].checks]
    if results["right"].sandbox != "none":
        assert all(0 < memory < 2**31 for memory in measured)
    assert all("memory" not in check for check in results["right"].to_line("ada")["checks"])
    right = results["right"].checks[0]
    assert [check.memory for check in results["rejected"].checks] == [None] * len(measured)
    known = replace(right, memory=123 * 2**20)
    page = written(
        tmp_path, tiny_course, {"ada": replace(results["right"], checks=[known])}
    ) / "report.html"  # fmt: skip
    assert "max. MiB" in page.read_text()
    assert '<td class="n" data-v="123.0">123</td>' in page.read_text()


def test_the_report_tells_what_the_screen_told_and_a_rerun_replaces_it(
    tmp_path: Path, tiny_course: Course, results: dict[str, Result]
) -> None:
    told = Submissions(alarms=["Ada and ada differ only in <case>"], notes=["read as Moodle's \u202edownload"])
    page = reported(tmp_path, tiny_course, {"ada": results["right"]}, told)
    assert page.text.index("Ada and ada differ only in <case>") < page.text.index("Every submission was read")
    assert page.text.count("Ada and ada differ only in <case>") == 1
    assert "1 note on how the submissions were read and graded" in page.text
    assert "read as Moodle's \N{REPLACEMENT CHARACTER}download" in page.text
    assert "Nothing. Every submission" not in page.text
    with Store(tmp_path, tiny_course) as store:
        write_reports(store)
    assert Tags((tmp_path / "report.html").read_text()).text == page.text
    again = reported(tmp_path, tiny_course, {"ada": results["right"]}, Submissions())
    assert "<case>" not in again.text
    assert "Nothing. Every submission" in again.text


def folder_of(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def rows_of(page: str, table: str) -> list[list[str]]:
    """The texts of a table's cells."""
    body = re.search(rf'id="{table}">.*?<tbody>(.*?)</tbody>', page, re.DOTALL)
    cells = [re.findall(r"<td.*?</td>", row, re.DOTALL) for row in body[1].split("</tr>")[:-1]] if body else []
    return [[" ".join(Tags(cell).text.split()) for cell in row] for row in cells]


def test_a_student_of_whose_files_none_is_graded_needs_attention_and_reads_why(
    tmp_path: Path, tiny_course: Course, results: dict[str, Result]
) -> None:
    files = {"dan/work/report.docx": "PK", "dan/notes.pdf": "%PDF", "ada/ch1_tiny.py": "x = 1", "ada/todo.md": "-"}
    told = collect_submissions(folder_of(tmp_path / "class", files), tiny_course)
    out = tmp_path / "out"
    page = reported(out, tiny_course, {"ada": results["right"]}, told)
    flags = rows_of((out / "report.html").read_text(), "flag-table")
    assert [row[:4] for row in flags] == [["dan", "", "no file graded", ""]]
    assert flags[0][4] == "notes.pdf: matches no chapter work/report.docx: matches no chapter"
    assert "Every submission was read" not in page.text
    lost = (out / "feedback/dan/index.html").read_text()
    assert "Nothing was submitted that could be graded." in lost
    assert "work/report.docx: matches no chapter" in Tags(lost).text
    assert "ch1_tiny.ipynb" in lost
    graded = Tags((out / "feedback/ada/index.html").read_text()).text
    assert "todo.md: matches no chapter" in graded
    assert "report.docx" not in graded
    assert str(tmp_path) not in lost + graded


def test_a_file_in_an_archive_is_named_as_its_student_knows_it(tmp_path: Path, tiny_course: Course) -> None:
    (tmp_path / "class/dan").mkdir(parents=True)
    with zipfile.ZipFile(tmp_path / "class/dan/work.zip", "w") as archive:
        archive.writestr("home/essay.docx", "PK")
    folder_of(tmp_path / "class", {"ada/ch1_tiny.py": "x = 1", "eve/data.rar": "Rar!"})
    reported(tmp_path / "out", tiny_course, {}, collect_submissions(tmp_path / "class", tiny_course))
    page = (tmp_path / "out/feedback/dan/index.html").read_text()
    assert "<code>work.zip:home/essay.docx</code>" in page
    assert "<code>data.rar</code>" in (tmp_path / "out/feedback/eve/index.html").read_text()
    assert str(tmp_path) not in page


def test_a_chapter_of_which_no_file_was_chosen_says_so(
    tmp_path: Path, tiny_course: Course, results: dict[str, Result]
) -> None:
    double = "import torch\n\ndef double(x):\n    return {}\n"
    files = {"ada/ch1_tiny_a.py": double.format("x"), "ada/ch1_tiny_b.py": double.format("2"), "bob/ch1_tiny.py": ""}
    told = collect_submissions(folder_of(tmp_path / "class", files), tiny_course)
    assert len(told.unclear) == 2
    both = {"ada": results["rejected"], "bob": results["rejected"]}
    reported(tmp_path / "out", tiny_course, both, told)
    flags = rows_of((tmp_path / "out/report.html").read_text(), "flag-table")
    assert [row[:3] for row in flags] == [["ada", "tiny", "unclear file"], ["bob", "tiny", "rejected"]]


def test_a_file_that_everybody_has_is_one_row(tmp_path: Path, tiny_course: Course) -> None:
    files = {f"s{n:03}/README.md": "-" for n in range(300)} | {f"s{n:03}/ch1_tiny.py": "x = 1" for n in range(300)}
    files |= {"s007/ch1.docx": "PK", "ada/Kopie von ch1_tiny.py": "x = 1"}
    told = collect_submissions(folder_of(tmp_path / "class", files), tiny_course)
    reported(tmp_path / "out", tiny_course, {}, told)
    page = (tmp_path / "out/report.html").read_text()
    ignored = rows_of(page, "ignored-table")
    assert [row[1:3] for row in ignored] == [["ch1.docx", "1"], ["README.md", "300"]]
    assert ignored[1][0] == "s000, s001, s002 and 297 more"
    assert [row[:2] for row in rows_of(page, "name-table")] == [["ada", "Kopie von ch1_tiny.py"]]
    assert "301 files not graded" in page


def test_names_are_shown_beside_ids(tmp_path: Path, tiny_course: Course, results: dict[str, Result]) -> None:
    people = {"1001": Student("1001", "Zoë <b>K</b>"), "1002": Student("1002", "1002"), "1003": Student("1003", "Bo")}
    both = {"1001": results["right"], "1002": results["exits"]}
    reported(tmp_path, tiny_course, both, Submissions(students=["1003"], people=people))
    page = (tmp_path / "report.html").read_text()
    assert [row[0] for row in rows_of(page, "student-table")] == ["1001 Zoë <b>K</b>", "1002", "1003 Bo"]
    assert [row[0] for row in rows_of(page, "flag-table")] == ["1002", "1003 Bo"]
    assert r"1003 \u00b7 Bo" in page
    for name in ("index.html", "ch1_tiny.html"):
        text = Tags((tmp_path / "feedback/1001" / name).read_text()).text
        assert "Zoë <b>K</b>" in text
        assert "1001" in text
        assert "Bo" not in text
    assert "Feedback for Zoë \\<b\\>K\\</b\\> (1001)\n\n**" in (tmp_path / "feedback/1001/ch1_tiny.md").read_text()
    assert "Feedback for 1002\n\n**" in (tmp_path / "feedback/1002/ch1_tiny.md").read_text()
    assert "Bo" in Tags((tmp_path / "feedback/1003/index.html").read_text()).text


def test_an_empty_folder_is_told_in_words(tmp_path: Path, tiny_course: Course, results: dict[str, Result]) -> None:
    folder_of(tmp_path / "class", {"ada/ch1_tiny.py": "x = 1", "eve/.DS_Store": "-"})
    (tmp_path / "class/dan").mkdir()
    told = collect_submissions(tmp_path / "class", tiny_course)
    reported(tmp_path / "out", tiny_course, {"ada": results["right"]}, told)
    flags = rows_of((tmp_path / "out/report.html").read_text(), "flag-table")
    assert [(row[0], row[2]) for row in flags] == [("dan", "no file graded"), ("eve", "no file graded")]
    assert all(row[4].startswith("the folder: is an empty folder") for row in flags)
    for student in ("dan", "eve"):
        page = Tags((tmp_path / f"out/feedback/{student}/index.html").read_text()).text
        assert "your folder: is an empty folder" in page


def test_a_student_who_handed_in_nothing_needs_attention(
    tmp_path: Path, tiny_course: Course, results: dict[str, Result]
) -> None:
    page = reported(tmp_path / "a", tiny_course, {"ada": results["right"]}, Submissions(students=["ada", "fay"]))
    flags = rows_of((tmp_path / "a/report.html").read_text(), "flag-table")
    assert [row[:3] for row in flags] == [["fay", "", "nothing handed in"]]
    assert "Nothing. Every submission" not in page.text
    assert "handed in" not in Tags((tmp_path / "a/feedback/fay/index.html").read_text()).text


def test_who_is_exempt_from_everything_need_not_hand_in(
    tmp_path: Path, tiny_course: Course, results: dict[str, Result]
) -> None:
    exempt = Adjustment("fay", "ch1_tiny", 0.0, None, 0.0, exempt=True, reasons=("You are exempt.",))
    with Store(tmp_path, tiny_course) as store:
        put(store, "ada", results["right"])
        store.finish(["ada", "fay"], {("ada", "ch1_tiny")}, {("fay", "ch1_tiny"): exempt})
        write_reports(store)
    assert "nothing handed in" not in (tmp_path / "report.html").read_text()


def row_of(name: str, share: float | None) -> StudentRow:
    cells = [None] if share is None else [(share, "x")]
    return StudentRow(name, "", cells, share or 0.0, share or 0.0, [])  # type: ignore[arg-type]


@given(st.lists(st.none() | st.sampled_from([0.0, 0.2, 0.5, 0.9, 1.0]), max_size=12))
def test_the_lowest_third_is_behind_two_thirds_of_those_who_handed_in(shares: list[float | None]) -> None:
    rows = [row_of(str(index), share) for index, share in enumerate(shares)]
    flags = {flag.student: flag.reason for flag in find_behind(rows)}
    known = [share for share in shares if share is not None]
    for row, share in zip(rows, shares, strict=True):
        if share is None:
            assert flags[row.name] == "nothing_handed_in"
        else:
            better = sum(other > share for other in known)
            assert (flags.get(row.name) == "lowest_third") == (3 * better >= 2 * len(known) and better > 0)
    assert 3 * sum(reason == "lowest_third" for reason in flags.values()) <= len(known)


def test_the_lowest_third_comes_after_what_is_urgent(
    tmp_path: Path, tiny_course: Course, results: dict[str, Result]
) -> None:
    out = written(tmp_path, tiny_course, results)
    page = (out / "report.html").read_text()
    flags = rows_of(page, "flag-table")
    reasons = [row[2] for row in flags]
    assert reasons[-1] == "lowest third"
    assert reasons.index("rejected") < reasons.index("lowest third")
    assert all(re.fullmatch(r"[\d.]+ points, \d+ %", row[4]) for row in flags if row[2] == "lowest third")
    assert "two thirds of those who handed in something" in Tags(page).text
    same = written(tmp_path / "same", tiny_course, dict.fromkeys("abcdef", results["squared"]))
    assert "lowest third" not in "".join(row[2] for row in rows_of((same / "report.html").read_text(), "flag-table"))
