"""What people wrote to a student about a submission: comments, and requests to look at it again with their answers."""

from __future__ import annotations

from dataclasses import dataclass

from torchdojo.batch.results import ResultKey
from torchdojo.review.decisions import CommentNow, Decisions, RequestNow


@dataclass(frozen=True)
class CommentView:
    """A comment. item: the exercise, "" for the submission; where: "line 12" or the like, or ""; text: Markdown

    line: of the file that was graded, None if it is about no single one, or about one of an earlier submission
    """

    item: str
    where: str
    text: str
    line: int | None = None


@dataclass(frozen=True)
class RequestView:
    """What a student asked, and the answer in Markdown, "" if there is none yet."""

    item: str
    text: str
    answer: str


@dataclass(frozen=True)
class Remarks:
    """All that a student may read about a submission; never staff's own notes, never who wrote it."""

    comments: tuple[CommentView, ...] = ()
    requests: tuple[RequestView, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.comments or self.requests)

    def about(self, item: str) -> Remarks:
        """Return those about an exercise, or about the whole submission ("")."""
        return Remarks(
            tuple(one for one in self.comments if one.item == item),
            tuple(one for one in self.requests if one.item == item),
        )


def remarks_for(decisions: Decisions, key: ResultKey, submission: str) -> Remarks:
    """Return what a student may read about a submission. submission: the hash of the one that is graded"""
    comments = [one for one in decisions.comments.get(key, ()) if not one.comment.staff_only]
    comments.sort(key=lambda one: (one.target.submission != submission, one.comment.line or 0))
    return Remarks(
        tuple(_comment(one, submission) for one in comments),
        tuple(_request(one) for one in decisions.requests.get(key, ())),
    )


def _comment(one: CommentNow, submission: str) -> CommentView:
    where = "" if one.comment.line is None else f"line {one.comment.line}"
    if one.target.submission != submission:
        where = f"{where} of an earlier submission" if where else "about an earlier submission"
        return CommentView(_exercise(one.comment.item), where, one.comment.text)
    return CommentView(_exercise(one.comment.item), where, one.comment.text, one.comment.line)


def _request(one: RequestNow) -> RequestView:
    return RequestView(_exercise(one.request.item), one.request.text, one.answer_text)


def _exercise(item: str) -> str:
    return item.partition("/")[0]
