"""What is decided on a submission's page is on the disk before it is shown as saved, and nothing is lost."""

from __future__ import annotations

import re
from html import unescape

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from tests.conftest import Tiny
from tests.desk.conftest import CSRF, ORIGIN, OpenDesk
from tests.desk.test_submission_page import text_of
from torchdojo.batch.store import Store
from torchdojo.desk.addresses import action_address, submission_address
from torchdojo.review.decision import Override
from torchdojo.review.decisions import Decisions

CHAPTER = "ch1_tiny"
CHECK = "double/is_twice"


class Reviewer:
    """Somebody with a browser on one submission's page, as it was when it was last loaded."""

    def __init__(self, client: TestClient, student: str) -> None:
        self.client = client
        self.student = student
        self.load()

    def load(self) -> str:
        """Load the page again, and return it."""
        self.page: str = self.client.get(submission_address(self.student, CHAPTER)).text
        return self.page

    @property
    def text(self) -> str:
        """What the page says."""
        return text_of(self.page)

    def send(self, action: str, **fields: str | list[str]) -> Response:
        """Send a form of the page that was loaded last, and load the page that follows."""
        known: dict[str, str | list[str]] = {"csrf": unescape(CSRF.findall(self.page)[0])}
        for name in ("seen", "submission"):
            known[name] = re.findall(f'name="{name}" value="([^"]*)"', self.page)[0]
        address = action_address(self.student, CHAPTER, action)
        answer: Response = self.client.post(address, data={**known, **fields}, headers={"Origin": ORIGIN})
        if answer.status_code == 303:
            self.page = self.client.get(answer.headers["location"]).text
        elif answer.status_code == 409 and CSRF.search(answer.text):
            self.page = answer.text
        return answer


@pytest.fixture
def ann(desk: OpenDesk) -> Reviewer:
    return Reviewer(desk.enter("ann"), "bela")


@pytest.fixture
def ben(desk: OpenDesk) -> Reviewer:
    return Reviewer(desk.enter("ben"), "bela")


def failed_item(reviewer: Reviewer) -> str:
    return "/".join(re.findall(r'<article class="panel failed" id="check-([A-Za-z]+)-(\w+)"', reviewer.page)[0])


def test_points_of_a_check_are_saved_explained_and_undone(desk: OpenDesk, ann: Reviewer) -> None:
    before = re.search(r"<strong>(.*?)</strong>", ann.page)
    assert before
    item = failed_item(ann)
    answer = ann.send("points", item=item, points="0,25", reason="half right")
    assert answer.status_code == 303
    assert f"Saved: 0.25 points for {item}: half right" in ann.text
    assert "half right" in ann.text
    (standing,) = Decisions.read(desk.out).overrides["bela", CHAPTER].values()
    assert standing.entry.by == "ann"
    assert standing.target.earned == 0
    assert standing.target.submission
    assert "from checks" in ann.text
    assert "by review" in ann.text
    (of,) = set(re.findall(r'name="of" value="(\w+)"', ann.page))
    ann.send("undo", of=of)
    assert "Saved: undone: 0.25 points" in ann.text
    after = re.search(r"<strong>(.*?)</strong>", ann.page)
    assert after
    assert after[1] == before[1]
    assert not Decisions.read(desk.out).overrides["bela", CHAPTER]
    (of,) = set(re.findall(r'name="of" value="(\w+)"', ann.page))  # the undo itself
    ann.send("undo", of=of)
    assert Decisions.read(desk.out).overrides["bela", CHAPTER]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"points": "1", "reason": ""}, "say why"),
        ({"points": "3", "reason": "x", "item": "double"}, "at most 2"),
        ({"points": "-1", "reason": "x"}, "points are a number"),
        ({"points": "nan", "reason": "x"}, "points are a number"),
        ({"points": "", "reason": "x"}, "points are a number"),
        ({"points": "1", "reason": "x", "item": "triple"}, "has no “triple”"),
        ({"points": "1", "reason": "x", "item": "double/unknown"}, "has no"),
        ({"points": "1", "reason": "x", "submission": "other"}, "another hand-in was graded"),
    ],
)
def test_what_cannot_be_meant_is_refused(desk: OpenDesk, ann: Reviewer, fields: dict[str, str], message: str) -> None:
    answer = ann.send("points", **fields)
    assert answer.status_code in (400, 409)
    assert message in text_of(answer.text)
    assert not Decisions.read(desk.out).entries


def test_two_who_decide_at_once_lose_neither(desk: OpenDesk, ann: Reviewer, ben: Reviewer) -> None:
    ann.send("points", item="double", points="1", reason="nearly")
    answer = ben.send("points", item="double", points="0.5", reason="not yet")
    assert answer.status_code == 409
    assert "ann" in ben.text
    assert "1 point for double: nearly" in ben.text
    assert "you: 0.5 points for double: not yet" in ben.text
    assert len(Decisions.read(desk.out).entries) == 1
    ben.send("points", item="double", points="0.5", reason="not yet", anyway="1")
    now = Decisions.read(desk.out)
    assert len(now.entries) == 2
    decision = now.overrides["bela", CHAPTER]["double"].entry.decision
    assert isinstance(decision, Override)
    assert decision.points == 0.5


def test_deciding_about_other_things_at_once_is_no_conflict(desk: OpenDesk, ann: Reviewer, ben: Reviewer) -> None:
    ann.send("points", item="double", points="1", reason="nearly")
    assert ben.send("points", item="Scale", points="1", reason="fine").status_code == 303
    assert ben.send("comment", text="Well done").status_code == 303
    assert len(Decisions.read(desk.out).entries) == 3


def test_comments_are_markdown_for_the_student_or_for_staff_and_are_edited_and_deleted(
    desk: OpenDesk, ann: Reviewer
) -> None:
    ann.send("comment", text="Use **sum** <script>alert(1)</script>", item="double", line="12")
    assert "<strong>sum</strong>" in ann.page
    assert "<script>alert" not in ann.page
    ann.send("comment", text="copied from cleo?", staff="1")
    comments = Decisions.read(desk.out).comments["bela", CHAPTER]
    assert [(one.comment.item, one.comment.line, one.comment.staff_only) for one in comments] == [
        ("double", 12, False),
        ("", None, True),
    ]
    ann.send("comment", replaces=comments[0].id, text="Use *mean*")
    (edited, _) = Decisions.read(desk.out).comments["bela", CHAPTER]
    assert (edited.comment.text, edited.comment.item, edited.comment.line) == ("Use *mean*", "double", 12)
    ann.send("comment", replaces=edited.id, text="Use *mean*", delete="1")
    assert len(Decisions.read(desk.out).comments["bela", CHAPTER]) == 1


def test_a_comment_on_a_line_is_at_that_line_until_the_submission_changes(
    desk: OpenDesk, ann: Reviewer, tiny: Tiny
) -> None:
    ann.send("comment", text="look here", line="3")
    assert re.search(r'id="notes-3".*?look here', ann.page, re.DOTALL)
    newer = tiny.with_double("return 2 * x")
    with Store(desk.out, tiny.course) as store:
        store.save("bela", tiny.grade(newer), "version", newer.encode())
    page = ann.load()
    assert 'id="notes-3"' not in page
    assert "on line 3 of an earlier hand-in" in text_of(page)


def test_a_submission_is_marked_as_reviewed_and_not(desk: OpenDesk, ann: Reviewer) -> None:
    ann.send("reviewed", reviewed="yes")
    assert "reviewed by ann" in ann.text
    ann.send("reviewed", reviewed="no")
    assert "reviewed by" not in ann.text
    assert not Decisions.read(desk.out).reviewed


def test_a_request_is_answered(desk: OpenDesk, ann: Reviewer) -> None:
    ann.send("request", text="Is my double not right?", item="double")
    assert "asked for a regrade of double" in ann.text
    (request,) = Decisions.read(desk.out).requests["bela", CHAPTER]
    ann.send("answer", request=request.entry.id, text="No: it squares.")
    (request,) = Decisions.read(desk.out).requests["bela", CHAPTER]
    assert request.answer_text == "No: it squares."
    assert "answer by ann" in ann.text


def test_points_of_a_submission_that_changed_are_kept_or_withdrawn(desk: OpenDesk, ann: Reviewer, tiny: Tiny) -> None:
    ann.send("points", item="double", points="1.5", reason="nearly")
    newer = tiny.with_double("return x ** 2 + 0")
    with Store(desk.out, tiny.course) as store:
        store.save("bela", tiny.grade(newer), "version", newer.encode())
    ann.load()
    assert "the submission changed since this was decided, so it does not count" in ann.text
    ann.send("points", item="double", keep="1")
    assert "the submission changed" not in ann.text
    decision = Decisions.read(desk.out).overrides["bela", CHAPTER]["double"].entry.decision
    assert isinstance(decision, Override)
    assert (decision.points, decision.reason) == (1.5, "nearly")
    ann.send("points", item="double", withdraw="1")
    assert not Decisions.read(desk.out).overrides["bela", CHAPTER]


def test_a_chapter_gets_points_or_does_not_count(ann: Reviewer) -> None:
    ann.send("points", item="", points="3", reason="agreed orally")
    assert "= 3 by review: agreed orally" in ann.text
    ann.send("points", item="", skip="1", points="", reason="ill")
    assert "does not count" in ann.text


def test_one_decision_for_all_with_a_mistake_is_shown_first_saved_and_undone_as_one(
    desk: OpenDesk, ann: Reviewer
) -> None:
    mistake = re.findall(r'name="mistake" value="([^"]+)"', ann.page)[0]
    given = {"item": "double", "points": "1.5", "reason": "squared, but close", "mistake": mistake}
    shown = ann.send("points-for-all", **given)
    assert shown.status_code == 200
    assert "One decision for 2 submissions" in text_of(shown.text)
    assert re.findall(r'name="student" value="(\w+)" checked', shown.text) == ["bela", "cleo"]
    assert re.search(r"bela.*?0 → 1.5.*?cleo.*?0 → 1.5", text_of(shown.text))
    assert not Decisions.read(desk.out).entries
    hashes = [unescape(value) for value in re.findall(r'name="shown" value="([^"]+)"', shown.text)]
    answer = ann.send("points-for-chosen", **given, student=["bela", "cleo"], shown=hashes)
    assert answer.status_code == 303
    assert "Saved: 1.5 points for double: squared, but close, for 2 submissions" in ann.text
    now = Decisions.read(desk.out)
    assert len(now.entries) == 1
    assert now.overrides["bela", CHAPTER].keys() == now.overrides["cleo", CHAPTER].keys() == {"double"}
    ann.send("undo", of=now.last_id)
    now = Decisions.read(desk.out)
    assert not any(now.overrides.values())


@pytest.mark.parametrize("item", ["double", "double/values"])
def test_a_check_and_its_exercise_offer_one_decision_for_all_with_the_mistake(ann: Reviewer, item: str) -> None:
    forms = [
        form for form in re.findall(r"<form.*?</form>", ann.page, re.DOTALL) if f'name="item" value="{item}"' in form
    ]
    assert any("for all 2 with this mistake" in form for form in forms)


def test_only_the_chosen_are_decided_about_and_not_what_nobody_saw(desk: OpenDesk, ann: Reviewer, tiny: Tiny) -> None:
    mistake = re.findall(r'name="mistake" value="([^"]+)"', ann.page)[0]
    given = {"item": "double", "text": "Look at `x + x`.", "mistake": mistake}
    shown = ann.send("comment-for-all", **given)
    hashes = [unescape(value) for value in re.findall(r'name="shown" value="([^"]+)"', shown.text)]
    assert "no submission was chosen" in ann.send("comment-for-chosen", **given, shown=hashes).text
    newer = tiny.with_double("return x ** 2 + 0")
    with Store(desk.out, tiny.course) as store:
        store.save("cleo", tiny.grade(newer), "version", newer.encode())
    answer = ann.send("comment-for-chosen", **given, student=["cleo"], shown=hashes)
    assert "a submission changed since the list was shown" in text_of(answer.text)
    assert ann.send("comment-for-chosen", **given, student=["bela"], shown=hashes).status_code == 303
    comments = Decisions.read(desk.out).comments
    assert [one.comment.text for one in comments["bela", CHAPTER]] == ["Look at `x + x`."]
    assert not comments.get(("cleo", CHAPTER))


def test_a_decision_for_all_loses_to_nobody_who_decided_about_one_of_them(desk: OpenDesk, ann: Reviewer) -> None:
    mistake = re.findall(r'name="mistake" value="([^"]+)"', ann.page)[0]
    given = {"item": "double", "points": "1.5", "reason": "close", "mistake": mistake}
    shown = ann.send("points-for-all", **given)
    hashes = [unescape(value) for value in re.findall(r'name="shown" value="([^"]+)"', shown.text)]
    Reviewer(desk.enter("ben"), "cleo").send("points", item="double", points="0", reason="copied")
    answer = ann.send("points-for-chosen", **given, student=["bela", "cleo"], shown=hashes)
    assert answer.status_code == 409
    assert "ben" in ann.text
    assert len(Decisions.read(desk.out).entries) == 1


def test_one_decision_for_a_large_class_is_read(desk: OpenDesk, ann: Reviewer) -> None:
    mistake = re.findall(r'name="mistake" value="([^"]+)"', ann.page)[0]
    given = {"item": "double", "points": "1.5", "reason": "close", "mistake": mistake}
    many = [f"student_{number:04}" for number in range(7_000)]
    answer = ann.send("points-for-chosen", **given, student=many, shown=[f"{'0' * 16} {name}" for name in many])
    assert "a submission changed since the list was shown" in text_of(answer.text)
    assert not Decisions.read(desk.out).entries
