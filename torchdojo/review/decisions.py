"""What counts of all decisions: the last one about each thing, without those that were undone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from torchdojo.batch.results import ResultKey
from torchdojo.errors import UserError
from torchdojo.review.decision import (
    Answer,
    CheckMode,
    Comment,
    Decision,
    Override,
    RegradeRequest,
    Reviewed,
    ReviewEntry,
    ReviewTarget,
    SwitchCheck,
    Undo,
)
from torchdojo.review.log import ReviewLog

Subject = tuple[str, ...]  # what a decision is about, such as ("override", student, chapter, item)


class Conflict(UserError):
    """Somebody else decided about the same thing since. entries: their decisions"""

    def __init__(self, entries: Sequence[ReviewEntry]) -> None:
        self.entries = list(entries)
        who = " and ".join(dict.fromkeys(entry.by for entry in entries))
        super().__init__(f"{who} decided about this in the meantime; nothing was saved")


@dataclass(frozen=True, slots=True)
class Standing:
    """A decision that counts for one submission: its entry, and the submission as it was then."""

    entry: ReviewEntry
    target: ReviewTarget


def override_of(standing: Standing) -> Override:
    """Return the override that a standing decision is."""
    assert isinstance(standing.entry.decision, Override)
    return standing.entry.decision


@dataclass(frozen=True, slots=True)
class CommentNow:
    """A comment as it reads now. id: of the entry that last wrote it"""

    entry: ReviewEntry
    comment: Comment
    target: ReviewTarget

    @property
    def id(self) -> str:
        """What an edit replaces."""
        return self.entry.id


@dataclass(frozen=True, slots=True)
class RequestNow:
    """A request to look at something again, with its answer, if it has one."""

    entry: ReviewEntry
    request: RegradeRequest
    target: ReviewTarget
    answer: ReviewEntry | None = None

    @property
    def answer_text(self) -> str:
        """The answer, "" if there is none."""
        return self.answer.decision.text if self.answer and isinstance(self.answer.decision, Answer) else ""


@dataclass
class Decisions:
    """What counts now.

    overrides: by submission and item, without withdrawn ones; comments, reviewed, requests: by submission
    switched_off: by "<chapter>/<exercise>/<check>"; latest: the last entry about each subject, undone or not
    entries: all, by id; undone: the ids of those that do not count
    """

    overrides: dict[ResultKey, dict[str, Standing]] = field(default_factory=lambda: defaultdict(dict))
    comments: dict[ResultKey, list[CommentNow]] = field(default_factory=lambda: defaultdict(list))
    reviewed: dict[ResultKey, Standing] = field(default_factory=dict)
    requests: dict[ResultKey, list[RequestNow]] = field(default_factory=lambda: defaultdict(list))
    switched_off: dict[str, ReviewEntry] = field(default_factory=dict)
    latest: dict[Subject, ReviewEntry] = field(default_factory=dict)
    entries: dict[str, ReviewEntry] = field(default_factory=dict)
    undone: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, entries: Iterable[ReviewEntry]) -> Decisions:
        """Return what counts of decisions, given in the order in which they were made."""
        now = cls(entries={entry.id: entry for entry in entries})
        now.undone = find_undone(now.entries)
        for entry in now.entries.values():
            for subject in now._subjects(entry.decision):
                now.latest[subject] = entry
            if entry.id not in now.undone:
                now._count(entry)
        return now

    @classmethod
    def read(cls, out: Path) -> Decisions:
        """Return what counts of the decisions in a folder of results; ReviewsError if they cannot be read."""
        return cls.of(ReviewLog(out).entries())

    def _count(self, entry: ReviewEntry) -> None:
        match entry.decision:
            case Override() as override:
                for target in override.targets:
                    if override.withdraws:
                        self.overrides[target.key].pop(override.item, None)
                    else:
                        self.overrides[target.key][override.item] = Standing(entry, target)
            case Comment() as comment:
                for target in comment.targets:
                    self._comment(entry, comment, target)
            case Reviewed() as mark:
                for target in mark.targets:
                    if mark.reviewed:
                        self.reviewed[target.key] = Standing(entry, target)
                    else:
                        self.reviewed.pop(target.key, None)
            case RegradeRequest() as request:
                for target in request.targets:
                    self.requests[target.key].append(RequestNow(entry, request, target))
            case Answer() as answer:
                self._answer(entry, answer)
            case SwitchCheck() as switch:
                if switch.mode is CheckMode.ON:
                    self.switched_off.pop(switch.check, None)
                else:
                    self.switched_off[switch.check] = entry

    def _comment(self, entry: ReviewEntry, comment: Comment, target: ReviewTarget) -> None:
        comments = self.comments[target.key]
        place = next((i for i, one in enumerate(comments) if one.id == comment.replaces), len(comments))
        comments[place : place + 1] = [CommentNow(entry, comment, target)] if comment.text.strip() else []

    def _answer(self, entry: ReviewEntry, answer: Answer) -> None:
        asked = self.entries.get(answer.request)
        for target in asked.decision.targets if asked and isinstance(asked.decision, RegradeRequest) else ():
            requests = self.requests[target.key]
            self.requests[target.key] = [
                RequestNow(one.entry, one.request, one.target, entry) if one.entry.id == answer.request else one
                for one in requests
            ]

    def _subjects(self, decision: Decision) -> list[Subject]:
        """Return what a decision is about: two decisions about the same thing may conflict."""
        match decision:
            case Override() as override:
                return [("override", *target.key, override.item) for target in override.targets]
            case Comment(replaces=replaced) as comment if replaced:
                return [("comment", *target.key, self.first_of(replaced)) for target in comment.targets]
            case Reviewed() as mark:
                return [("reviewed", *target.key) for target in mark.targets]
            case Answer(request=request):
                return [("answer", request)]
            case SwitchCheck(check=check):
                return [("check", check)]
            case Undo(of=undone) if undone in self.entries:
                return self._subjects(self.entries[undone].decision)
        return []

    def first_of(self, comment: str) -> str:
        """Return the id of the first text of a comment, given the id of any of its texts."""
        seen = set()
        while comment not in seen and (entry := self.entries.get(comment)):
            seen.add(comment)
            if not isinstance(entry.decision, Comment) or not entry.decision.replaces:
                break
            comment = entry.decision.replaces
        return comment

    def since(self, decision: Decision, seen: str | None) -> list[ReviewEntry]:
        """Return the last decisions about the same things that somebody who had seen `seen` cannot know.

        seen: the id of the last entry when the page was made, "" if there was none; None: whoever decides knows all
        """
        if seen is None:
            return []
        order = list(self.entries)
        known = set(order[: order.index(seen) + 1]) if seen in self.entries else set()
        found = (self.latest.get(subject) for subject in self._subjects(decision))
        return list({entry.id: entry for entry in found if entry and entry.id not in known}.values())

    @property
    def last_id(self) -> str:
        """The id of the last entry, "" if there is none: what a page has seen."""
        return next(reversed(self.entries), "")

    def undoable(self, by: str) -> ReviewEntry | None:
        """Return somebody's last decision that counts and is itself no undo, None if there is none."""
        own = (entry for entry in reversed(self.entries.values()) if entry.by == by and entry.id not in self.undone)
        return next((entry for entry in own if not isinstance(entry.decision, Undo)), None)


def find_undone(entries: dict[str, ReviewEntry]) -> set[str]:
    """Return the ids of the entries that do not count. An undo that was itself undone undoes nothing."""
    undone: set[str] = set()
    for entry in reversed(entries.values()):
        if isinstance(entry.decision, Undo) and entry.id not in undone:
            undone.add(entry.decision.of)
    return undone


def decide(log: ReviewLog, by: str, decision: Decision, seen: str | None = None) -> ReviewEntry:
    """Save a decision, and return its entry once it is on the disk.

    seen: the id of the last entry that whoever decides has seen; Conflict if somebody decided about the same thing
    since, and nothing is saved. None: decide in any case.
    ReviewsError if the file cannot be read or written.
    """

    return decide_all(log, by, [decision], seen)[0]


def decide_all(log: ReviewLog, by: str, decisions: Sequence[Decision], seen: str | None = None) -> list[ReviewEntry]:
    """Save decisions as `decide` saves one, at once; all or none if somebody decided since."""

    def check(entries: list[ReviewEntry]) -> Sequence[Decision]:
        now = Decisions.of(entries)
        if news := {entry.id: entry for decision in decisions for entry in now.since(decision, seen)}:
            raise Conflict(list(news.values()))
        return decisions

    return log.append_all(by, check)
