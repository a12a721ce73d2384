"""A class is finished and reported on result by result: in order, and without being held as a whole."""

from __future__ import annotations

import json
import random
import sqlite3
import tracemalloc
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import pytest

from tests.results import make_check, make_result
from torchdojo.batch.store import Store
from torchdojo.course import Course, load_course
from torchdojo.grading.failure import Finding
from torchdojo.grading.result import Result
from torchdojo.report.write import write_reports

BIG = 40_000
STATUSES = ("passed", "failed", "todo", "skipped", "crashed")


def result(chapter: str = "ch1_tiny", status: str = "failed", explanation: str = "") -> Result:
    finding = Finding(got="3 ß")
    return make_result(
        make_check("double.doubles", status, 2.0, title="It doubles", finding=finding, explanation=explanation),
        chapter=chapter,
    )


def ended(store: Store, course: Course, students: list[str]) -> None:
    store.finish(students, {(student, "ch1_tiny") for student in students})
    write_reports(store)


def most_memory_of_an_end(out: Path, root: Path, names: list[str]) -> int:
    """Return the most bytes that finishing a class takes, beyond those that finishing one submission leaves behind."""
    course = load_course(root)
    with Store(out, course) as store:
        ended(store, course, names[:1])
        tracemalloc.start()
        ended(store, course, names)
        return tracemalloc.get_traced_memory()[1]


def test_a_class_is_never_held_as_a_whole(tmp_path: Path, tiny_course: Course) -> None:
    names = [f"s{number:03}" for number in range(300)]
    stub = tiny_course.exercise_file(tiny_course.chapters[0]).read_text()
    with Store(tmp_path, tiny_course) as store:
        for number, name in enumerate(names):
            words = f"{number} " * (BIG // len(f"{number} "))
            source = f"{stub}\n# {words}\n".encode()
            status = STATUSES[number % len(STATUSES)]
            store.save(name, result(status=status, explanation=words), "version", source)
    # In a process of its own, where no thread of another test allocates anything.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        most = process.submit(most_memory_of_an_end, tmp_path, tiny_course.root, names).result()
    assert most < len(names) * 2 * BIG / 8
    assert len((tmp_path / "results.jsonl").read_text().splitlines()) == len(names)
    assert len(list((tmp_path / "feedback").glob("*/ch1_tiny.html"))) == len(names)


def test_results_come_one_at_a_time_by_student_and_in_the_courses_order(tmp_path: Path, tiny_course: Course) -> None:
    first = tiny_course.chapters[0]
    chapters = [replace(first, name=name) for name in ("zeta", "ch1_tiny", "alpha")]
    course = replace(tiny_course, chapters=chapters)
    places = [(student, chapter.name) for student in ("10", "9", "Ada", "ada", "ß") for chapter in chapters]
    shuffled = random.Random(5).sample(places, len(places))
    left_out = {("9", "alpha"), ("ß", "zeta")}
    with Store(tmp_path, course) as store:
        for student, chapter in [*shuffled, ("ada", "gone")]:
            source = None if chapter == "zeta" else f"{student} {chapter}".encode()
            store.save(student, result(chapter), "version", source)
        assert [one.key for one in store.results()] == places
        handed = set(places) - left_out
        outcomes = store.finish(["zoe", "ada"], handed)
        there = [place for place in places if place in handed]
        assert [(one.student, one.chapter) for one in outcomes] == there
        assert [one.key for one in store.results()] == there
        assert next(store.results()).result == result("zeta")
        assert store.students() == ["10", "9", "Ada", "ada", "zoe", "ß"]
        assert list(store.sources("zeta")) == []
        assert list(store.sources("alpha")) == [(name, f"{name} alpha".encode()) for name in ("10", "Ada", "ada", "ß")]
    expected = "".join(json.dumps(result(place[1]).to_line(place[0]), ensure_ascii=False) + "\n" for place in there)
    assert (tmp_path / "results.jsonl").read_bytes() == expected.encode()


def test_results_jsonl_stays_as_it_was_when_it_cannot_be_written_to_the_end(
    tmp_path: Path, tiny_course: Course
) -> None:
    handed = {(name, "ch1_tiny") for name in ("ada", "bob")}
    with Store(tmp_path, tiny_course) as store:
        for name in ("ada", "bob"):
            store.save(name, result(), "version")
        store.finish(["ada", "bob"], handed)
        before = (tmp_path / "results.jsonl").read_bytes()
        with sqlite3.connect(tmp_path / "store.sqlite") as database:
            database.execute("UPDATE graded SET result = 'torn' WHERE student = 'bob'")
        database.close()
        with pytest.raises(ValueError, match="Expecting value"):
            store.finish(["ada", "bob"], handed)
    assert (tmp_path / "results.jsonl").read_bytes() == before
    assert not list(tmp_path.glob(".results*"))
