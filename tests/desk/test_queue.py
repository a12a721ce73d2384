"""The queue finds and sorts the submissions of a class, gives them in pages, and keeps up with a run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.desk.conftest import NAMES, OpenDesk
from tests.results import make_check, make_result
from torchdojo.batch.results import StoredResult
from torchdojo.batch.store import Store
from torchdojo.collect.platforms import Student
from torchdojo.collect.submissions import FileNote, Submissions
from torchdojo.course import Course, load_course
from torchdojo.desk.live import LiveQueue
from torchdojo.desk.live_decisions import LiveDecisions
from torchdojo.desk.query import QueueQuery
from torchdojo.desk.queue import Queue
from torchdojo.desk.rows import Missing, RowMaker
from torchdojo.grading.failure import Finding
from torchdojo.grading.result import Result
from torchdojo.review.decision import (
    Answer,
    CheckMode,
    Override,
    RegradeRequest,
    Reviewed,
    ReviewTarget,
    SwitchCheck,
    Undo,
)

CHAPTER = "ch1_tiny"


def students(queue: Queue, query: str = "") -> list[str]:
    return [row.student for row in queue.select(QueueQuery.parse(query))]


def make_queue(course: Course, results: dict[str, Result]) -> Queue:
    maker = RowMaker()
    rows = [maker.row(StoredResult(name, result), course.chapters[0]) for name, result in results.items()]
    return Queue(course, rows, maker.heads)


def live_queue(course: Course, out: Path) -> LiveQueue:
    return LiveQueue(course, out, LiveDecisions(out))


def with_points(earned: float) -> Result:
    return make_result(make_check("double.doubles", "passed" if earned == 4 else "failed", 4, earned))


def test_every_submission_is_in_the_natural_order_of_its_student(tiny_course: Course) -> None:
    names = ["s10", "s9", "B", "a", "s009b", "9" * 5000]
    queue = make_queue(tiny_course, {name: with_points(1) for name in names})
    assert students(queue) == ["9" * 5000, "a", "B", "s9", "s009b", "s10"]
    assert students(queue, "sort=-student") == students(queue)[::-1]


def test_the_lowest_third_is_that_of_the_scored_submissions(tiny_course: Course) -> None:
    scores = {"a": 0, "b": 1, "c": 1, "d": 2, "e": 3, "f": 4}
    results = {name: with_points(score) for name, score in scores.items()}
    results["x"] = make_result(make_check("double.doubles", "grader_error", 4), status="grader_error")
    assert students(make_queue(tiny_course, results), "show=lowest") == ["a", "b", "c"]
    assert students(make_queue(tiny_course, {name: with_points(4) for name in scores}), "show=lowest") == []
    assert students(make_queue(tiny_course, {}), "show=lowest") == []


def test_filters_and_a_search_narrow_together(tiny_course: Course) -> None:
    def wrong(mistake: str | None, got: str = "1.0", **fields: str) -> Result:
        check = make_check(
            "double.doubles", "failed", 2, mistake=mistake, mistake_title="Squared it", finding=Finding(got=got)
        )
        return make_result(check, make_check("Scale.scales", "passed", 2, 2), **fields)

    crashed = make_result(make_check("double.doubles", "crashed", 4))
    queue = make_queue(
        tiny_course,
        {
            "ada": wrong("squared"),
            "bela": wrong(None),
            "cleo": crashed,
            "dana": wrong("squared", "2.0"),
            "emil": with_points(4),
        },
    )
    assert students(queue, "mistake=ch1_tiny/double/squared") == ["ada", "dana"]
    assert students(queue, "mistake=ch1_tiny/double/squared&q=DANA") == ["dana"]
    assert students(queue, "q=squared") == ["ada", "dana"]
    assert students(queue, "q=squared+bela") == []
    assert students(queue, "show=attention") == ["cleo"]
    assert students(queue, "check=ch1_tiny/double/doubles") == ["ada", "bela", "cleo", "dana"]
    assert students(queue, "check=ch1_tiny/Scale/scales") == []
    assert students(queue, "check=nonsense") == []
    assert students(queue, "status=rejected") == []
    check = queue.heads[f"{CHAPTER}/double/doubles"]
    groups = [(outcome.got, outcome.mistake, [row.student for row in rows]) for outcome, rows in queue.answers(check)]
    assert ("1.0", "Squared it", ["ada"]) in groups
    assert len(groups) == 5
    for outcome, rows in queue.answers(check):
        assert students(queue, f"check={check.id}&answer={outcome.id}") == [row.student for row in rows]
    assert [(str(mistake), count) for mistake, count in queue.mistakes()] == [("ch1_tiny/double/squared", 2)]


def test_neighbours_are_those_of_the_filter(tiny_course: Course) -> None:
    scores = {"a": 4, "b": 1, "c": 4, "d": 2, "e": 4, "f": 0}
    queue = make_queue(tiny_course, {name: with_points(score) for name, score in scores.items()})
    failed = QueueQuery.parse("check=ch1_tiny/double/doubles")

    def around(query: QueueQuery, student: str) -> tuple[str | None, str | None, int | None]:
        found = queue.neighbours(query, (student, CHAPTER))
        return found.previous and found.previous[0], found.next and found.next[0], found.position

    assert around(failed, "d") == ("b", "f", 2)
    assert around(failed, "b") == (None, "d", 1)
    assert around(failed, "f") == ("d", None, 3)
    # These have left the filter, as after a decision: what comes next is what came next before.
    assert around(failed, "c") == ("b", "d", None)
    assert around(failed, "a") == (None, "b", None)
    assert around(failed.but(sort="points", descending=True), "e") == (None, "d", None)
    assert around(failed, "nobody") == ("f", None, None)


def test_a_page_holds_fifty(tiny_course: Course) -> None:
    queue = make_queue(tiny_course, {f"s{number}": with_points(1) for number in range(120)})
    page = queue.page(QueueQuery(page=3))
    assert ([row.student for row in page.rows], page.first, page.pages) == ([f"s{n}" for n in range(100, 120)], 101, 3)
    assert queue.page(QueueQuery(page=99)) == page
    assert queue.page(QueueQuery(text="nobody", page=2)).number == 1


def test_new_results_appear_while_a_run_is_still_going_on(tmp_path: Path, tiny_course: Course) -> None:
    results = {name: with_points(1) for name in ("ada", "bela")}
    with Store(tmp_path, tiny_course) as store:
        for name, result in results.items():
            store.save(name, result, "1")
        store.finish(["ada", "bela"], {(name, CHAPTER) for name in results})
    live = live_queue(tiny_course, tmp_path)
    before = live.current()
    assert live.current() is before
    assert not live.is_running()
    with Store(tmp_path, tiny_course) as store:
        assert live.is_running()
        for name in ("bela", "ada", "bela"):  # the latest result last, and first
            store.save(name, with_points(4 if name == "bela" else 2), "2")
            live.current()
        store.save("cleo", with_points(3), "2")
        assert {row.student: row.review.score for row in live.current().select(QueueQuery())} == {"ada": 2, "bela": 4}
        store.finish(["ada", "bela", "cleo"], {(name, CHAPTER) for name in ("ada", "cleo")})
        assert {row.student: row.review.score for row in live.current().select(QueueQuery())} == {"ada": 2, "cleo": 3}
    assert not live.is_running()


def test_names_and_unclear_files_are_learnt_without_a_restart(tmp_path: Path, tiny_course: Course) -> None:
    rejected = make_result(make_check("double.doubles", "failed", 4), status="rejected")
    with Store(tmp_path, tiny_course) as store:
        store.save("17", rejected, "1")
        store.finish(["17"], {("17", CHAPTER)})
        live = live_queue(tiny_course, tmp_path)
        (row,) = live.current().select(QueueQuery())
        assert (row.name, row.flags) == ("", ("rejected",))
        note = FileNote("17/a.py", "17", CHAPTER, "which one counts?", is_unclear=True)
        store.write_lists(Submissions(students=["17"], people={"17": Student("17", "Ada L.")}, file_notes=[note]))
        (row,) = live.current().select(QueueQuery(text="ada"))
        assert row.name == "Ada L."
        assert row.flags == ("unclear_file",)


def test_a_database_that_was_replaced_is_opened_again(tmp_path: Path, tiny_course: Course) -> None:
    for score in (1.0, 2.0):
        (tmp_path / "store.sqlite").unlink(missing_ok=True)
        with Store(tmp_path, tiny_course) as store:
            store.save("ada", with_points(score), "1")
            store.finish(["ada"], {("ada", CHAPTER)})
        if score == 1.0:
            live = live_queue(tiny_course, tmp_path)
    assert [row.review.score for row in live.current().select(QueueQuery())] == [2.0]


def shown(text: str) -> list[str]:
    return re.findall(r'<a data-item href="/submission/([^/]+)/', text)


def test_the_page_lists_everybody_and_escapes_names(desk: OpenDesk) -> None:
    page = desk.enter().get("/").text
    assert len(shown(page)) == len(NAMES)
    assert "<b>x</b>" not in page
    assert "<img" not in page
    assert "1–6 of 6" in page


def test_students_without_a_graded_file_are_named_with_what_became_of_theirs(
    tmp_path: Path, tiny_course: Course
) -> None:
    note = FileNote("17/a.docx", "17", "", "not a chapter's file", shown="a.docx")
    with Store(tmp_path, tiny_course) as store:
        store.save("ada", with_points(1), "1")
        store.write_lists(Submissions(students=["17"], people={"17": Student("17", "Bela")}, file_notes=[note]))
        store.finish(["ada", "17", "9"], {("ada", CHAPTER)})
    missing = live_queue(tiny_course, tmp_path).current().missing
    assert missing == [Missing("9", "", ""), Missing("17", "Bela", "a.docx: not a chapter's file")]


def test_the_page_names_them_where_they_matter(desk: OpenDesk) -> None:
    client = desk.enter()
    for query, is_told in {"all": True, "show=attention": True, "show=lowest": False, "q=ada": False}.items():
        assert ("1 student without a graded submission" in client.get(f"/?{query}").text) == is_told


def test_the_queue_is_shown_again_as_it_was_left(desk: OpenDesk) -> None:
    client = desk.enter()
    assert client.get("/?show=attention&sort=-points&page=7").status_code == 200
    back = client.get("/")
    assert (back.status_code, back.headers["location"]) == (303, "/?show=attention&sort=-points&page=7")
    assert len(shown(client.get("/?all").text)) == len(NAMES)
    assert client.get("/").status_code == 200
    other = desk.enter("ben")
    assert other.get("/").status_code == 200


@pytest.mark.parametrize("value", ["", "%%%", "=", "AAAA", "_____w==", "x" * 4000])
def test_a_cookie_that_is_none_of_ours_is_ignored(desk: OpenDesk, value: str) -> None:
    client = desk.enter()
    client.get("/?show=attention")
    (name,) = (name for name in client.cookies if name.startswith("dojo_queue"))
    page = client.get("/", headers={"Cookie": f"{name}={value}; dojo_desk_8765={client.cookies['dojo_desk_8765']}"})
    assert page.status_code == 200


def test_what_people_decide_is_in_the_queue_at_once_and_so_is_an_undo(tmp_path: Path, tiny_course: Course) -> None:
    with Store(tmp_path, tiny_course) as store:
        for name in ("ada", "bela", "cleo"):
            store.save(name, with_points(1), "1")
        store.finish(["ada", "bela", "cleo"], {(name, CHAPTER) for name in ("ada", "bela", "cleo")})
    decisions = LiveDecisions(tmp_path)
    live = LiveQueue(tiny_course, tmp_path, decisions)

    def seen(view: str) -> list[str]:
        return students(live.current(), f"show={view}")

    ada = ReviewTarget(student="ada", chapter=CHAPTER, submission="a", earned=1.0)
    bela = ada.model_copy(update={"student": "bela"})
    points = decisions.decide("ann", Override(targets=(ada,), item="double", points=3, reason="half right"), None)
    assert seen("changed") == ["ada"]
    assert students(live.current(), "sort=-points") == ["ada", "bela", "cleo"]
    decisions.decide("ann", Reviewed(targets=(ada, bela)), None)
    assert seen("unreviewed") == ["cleo"]
    assert students(live.current(), "sort=reviewed") == ["cleo", "ada", "bela"]
    asked = decisions.decide("ann", RegradeRequest(targets=(bela,), text="why?"), None)
    assert seen("regrade") == ["bela"]
    answer = decisions.decide("ann", Answer(request=asked.id, text="because"), None)
    assert seen("regrade") == []
    undo = decisions.decide("ann", Undo(of=answer.id), None)
    assert seen("regrade") == ["bela"]
    decisions.decide("ann", Undo(of=undo.id), None)
    assert seen("regrade") == []
    decisions.decide("ann", Undo(of=points.id), None)
    assert seen("changed") == []
    check = f"{CHAPTER}/double/doubles"
    switch = decisions.decide("ann", SwitchCheck(check=check, mode=CheckMode.FULL_POINTS, reason="wrong"), None)
    assert seen("changed") == ["ada", "bela", "cleo"]
    decisions.decide("ann", Undo(of=switch.id), None)
    assert seen("changed") == []


def test_a_decision_about_an_earlier_submission_is_to_be_looked_at_again(tmp_path: Path, tiny_course: Course) -> None:
    decisions = LiveDecisions(tmp_path)
    ada = ReviewTarget(student="ada", chapter=CHAPTER, submission="a", earned=1.0)
    decisions.decide("ann", Override(targets=(ada,), item="double", points=3), None)
    decisions.decide("ann", Reviewed(targets=(ada,)), None)
    with Store(tmp_path, tiny_course) as store:
        store.save("ada", with_points(1), "1")
        store.finish(["ada"], {("ada", CHAPTER)})
        live = LiveQueue(tiny_course, tmp_path, decisions)
        assert students(live.current(), "show=unreviewed") == []
        other = with_points(2)
        other.submission = "b"
        store.save("ada", other, "2")
        (row,) = live.current().select(QueueQuery.parse("show=doubtful&show=unreviewed"))
        assert (row.review.score, row.review.is_changed) == (2, False)


def test_points_to_give_by_hand_are_counted(tiny_root: Path, tmp_path: Path) -> None:
    toml = tiny_root / "course.toml"
    by_hand = '[[chapter.exercise]]\nname = "essay"\npoints = 2\ngraded_by = "hand"\n'
    by_hand += '[[chapter.exercise.rubric]]\nname = "clear"\ntitle = "Clear"\npoints = 2\n'
    toml.write_text(f"{toml.read_text()}\n{by_hand}")
    course = load_course(tiny_root)
    with Store(tmp_path, course) as store:
        store.save("ada", with_points(1), "1")
        store.finish(["ada"], {("ada", CHAPTER)})
    decisions = LiveDecisions(tmp_path)
    live = LiveQueue(course, tmp_path, decisions)
    assert students(live.current(), "show=hand") == ["ada"]
    ada = ReviewTarget(student="ada", chapter=CHAPTER, submission="a")
    decisions.decide("ann", Override(targets=(ada,), item="essay/clear", points=1), None)
    assert students(live.current(), "show=hand") == []
    assert students(live.current(), "show=changed") == []


def test_every_page_says_while_a_run_is_going_on(desk: OpenDesk, tiny_course: Course) -> None:
    client = desk.enter()
    words = "<code>dojo grade</code> is running in this folder"
    assert words not in client.get("/?all").text
    with Store(desk.out, tiny_course):
        assert words in client.get("/?all").text
        assert words in client.get("/checks").text
    assert words not in client.get("/?all").text
