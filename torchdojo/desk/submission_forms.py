"""Read what a form on a submission's page decides. PageError, which is shown as it is, for what it cannot mean."""

from __future__ import annotations

from torchdojo.batch.store import StoredRun
from torchdojo.course import Chapter
from torchdojo.desk.errors import NoSuchPage, PageError
from torchdojo.desk.forms import FormFields
from torchdojo.errors import UserError
from torchdojo.grading.result import Result
from torchdojo.grading.status import CheckStatus
from torchdojo.review.decision import Answer, Comment, Decision, Override, RegradeRequest, Reviewed, ReviewTarget, Undo
from torchdojo.review.decisions import Decisions, override_of
from torchdojo.review.exchange import parse_points
from torchdojo.review.works import limit_of, target_of

MAX_TEXT = 20_000
MAX_POINTS = 1e6  # of a chapter, which may have more than its own
ACTIONS = ("points", "comment", "reviewed", "request", "answer", "undo")


class SubmissionForm:
    """A form about one submission."""

    def __init__(self, run: StoredRun, decisions: Decisions, student: str, chapter: str, form: FormFields) -> None:
        found, result = run.course.find(chapter), run.result(student, chapter)
        if found is None or result is None:
            raise NoSuchPage(f"{student} has no graded submission of {chapter}.")
        self._run = run
        self._decisions = decisions
        self._key = (student, chapter)
        self._chapter = found
        self._result = result
        self._form = form

    def decision(self, action: str) -> Decision:
        """Return what a form decides. action: one of ACTIONS, what it is for"""
        match action:
            case "points":
                return self._points()
            case "comment":
                return self._comment()
            case "reviewed":
                return Reviewed(targets=(self._target(),), reviewed=self._form.text("reviewed") == "yes")
            case "request":
                item = item_of(self._form, self._chapter, self._result, "")
                return RegradeRequest(targets=(self._target(item),), text=text_of(self._form), item=item)
            case "answer":
                return self._answer()
            case "undo":
                return self._undo()
        raise NoSuchPage

    def _target(self, item: str = "") -> ReviewTarget:
        """Return this submission as it is now. PageError if the page showed another hand-in."""
        target = target_of(self._run, *self._key, item)
        if self._form.text("submission") != target.submission:
            message = "Nothing was saved: another hand-in was graded since this page was shown. Reload it."
            raise PageError(message, status=409)
        return target

    def _points(self) -> Override:
        item = item_of(self._form, self._chapter, self._result)
        target = self._target(item)
        if self._form.has("withdraw"):
            return Override(targets=(target,), item=item)
        if self._form.has("keep"):
            return self._kept(item, target)
        return override_from(self._form, item, self._chapter, self._result, (target,))

    def _kept(self, item: str, target: ReviewTarget) -> Override:
        """Return the override that counts or is suspended, for the submission as it is now."""
        standing = self._decisions.overrides.get(self._key, {}).get(item)
        if standing is None:
            raise PageError("Nothing was saved: nobody gave points for this any more. Reload the page.", status=409)
        return override_of(standing).model_copy(update={"targets": (target,)})

    def _comment(self) -> Comment:
        replaces = self._form.text("replaces")
        if replaces:
            one = next((c for c in self._decisions.comments.get(self._key, []) if c.id == replaces), None)
            if one is None and replaces not in self._decisions.entries:
                raise PageError("Nothing was saved: there is no such comment. Reload the page.", status=409)
            old = one.comment if one else self._decisions.entries[replaces].decision
            if not isinstance(old, Comment):
                raise PageError("Nothing was saved: this is not a comment.")
            text = "" if self._form.has("delete") else text_of(self._form)
            return old.model_copy(update={"targets": (self._target(),), "text": text, "replaces": replaces})
        return comment_from(self._form, self._chapter, self._result, (self._target(),))

    def _answer(self) -> Answer:
        request = self._form.text("request")
        if all(one.entry.id != request for one in self._decisions.requests.get(self._key, [])):
            raise PageError("Nothing was saved: there is no such request. Reload the page.", status=409)
        return Answer(request=request, text=text_of(self._form))

    def _undo(self) -> Undo:
        of = self._form.text("of")
        if of not in self._decisions.entries:
            raise PageError("Nothing was undone: there is no such decision. Reload the page.", status=409)
        if of in self._decisions.undone:
            raise PageError("Nothing was undone: this was already undone. Reload the page.", status=409)
        return Undo(of=of)


def override_from(
    form: FormFields, item: str, chapter: Chapter, result: Result, targets: tuple[ReviewTarget, ...]
) -> Override:
    """Return the points that a form gives, with its reason, which only items of rubrics do without."""
    reason = form.text("reason")[:MAX_TEXT]
    exercise = chapter.find(item.partition("/")[0])
    if not reason and not (exercise and exercise.by_hand):
        raise PageError("Nothing was saved: say why, in the field for the reason. The student reads it.")
    if form.has("skip"):
        return Override(targets=targets, item=item, status=CheckStatus.SKIPPED, reason=reason)
    return Override(targets=targets, item=item, points=_number(form, limit_of(item, chapter, result)), reason=reason)


def comment_from(form: FormFields, chapter: Chapter, result: Result, targets: tuple[ReviewTarget, ...]) -> Comment:
    """Return the comment that a form holds, on the submission, an exercise or a line."""
    line = form.text("line")
    if line and not (line.isascii() and line.isdigit() and int(line) < 10**9):
        raise PageError("Nothing was saved: a line is given by its number.")
    item = item_of(form, chapter, result, "").partition("/")[0]
    return Comment(
        targets=targets,
        text=text_of(form),
        item=item,
        line=int(line) if line else None,
        staff_only=form.has("staff"),
    )


def text_of(form: FormFields) -> str:
    """Return the text that a form holds; PageError if there is none."""
    text = form.text("text")
    if not text:
        raise PageError("Nothing was saved: the text is empty.")
    if len(text) > MAX_TEXT:
        raise PageError(f"Nothing was saved: a text may have {MAX_TEXT:,} characters, and this has {len(text):,}.")
    return text


def item_of(form: FormFields, chapter: Chapter, result: Result, default: str | None = None) -> str:
    """Return what of the chapter a form is about: "" for all of it, an exercise, or one of its checks or items."""
    if not form.has("item") and default is not None:
        return default
    item = form.text("item")
    if item and limit_of(item, chapter, result) is None:
        raise PageError(f"Nothing was saved: {chapter.name} has no “{item}”. Reload the page.")
    return item


def _number(form: FormFields, limit: float | None) -> float:
    text = form.text("points").replace(",", ".")
    try:
        return parse_points(text, MAX_POINTS if limit is None else limit)
    except UserError:
        most = "" if limit is None else f", at most {limit:g}"
        raise PageError(f"Nothing was saved: points are a number from 0{most}, and this is “{text[:20]}”.") from None
