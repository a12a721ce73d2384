"""Ask a submission in one process what all checks will ask, before they ask it.

The reference was asked the same before: from that the questions are known, in their order. A check that passes on these
answers has passed. Nothing that a submission does in a shared process makes an answer right that depends on a seed;
and where it leaves something behind that a later check could find, none of the answers count. An exercise with a check
that does not pass, for whatever reason, is asked again, each check in a process of its own, and only that counts.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from torchdojo.course import Exercise
from torchdojo.grading.failure import CheckFailed, Finding
from torchdojo.sandbox.worker import Worker
from torchdojo.worker.protocol import FIND_CHANGES, Call, Continue, Limits, Reply, is_step

if TYPE_CHECKING:
    from torchdojo.grading.chapter_run import ChapterRun

WINDOW = 8  # questions that are on their way: enough that the submission never waits, few enough to be given up
# A question may take this long, and so many times what the reference took, before it is left to be asked again.
PATIENCE_SECONDS, PATIENCE_FACTOR = 1.0, 10.0


class NotKnown(CheckFailed):
    """Ends a check that asks what is not known ahead."""

    def __init__(self) -> None:
        super().__init__(Finding(got="a question that was not asked ahead"))


@dataclass(frozen=True)
class Question:
    """What a check will ask. exercise, check: its name, and the check's id; message: what is sent"""

    exercise: str
    check: str
    message: Continue


Plan = list[Question]


def plan_questions(run: ChapterRun, exercises: Mapping[str, Exercise], limits: Mapping[str, Limits]) -> Plan:
    """Return what the checks of a run ask that has run on the reference's answers.

    A check is left out that takes single steps, uses a real device, or does not pass.
    limits: of each check, by its id
    """
    found = []
    for node, result in run.results.items():
        asked = run.runs[node].asked if node in run.runs and result.status.is_done else []
        if any(is_step(calls) or device == "cuda" for calls, device, _ in asked):
            continue
        exercise = exercises[result.exercise.name]
        for calls, device, seconds in asked:
            message = Continue(
                calls, device, tuple(exercise.forbids), tuple(exercise.allows), _patient(limits[node], seconds)
            )
            found.append(Question(exercise.name, node, message))
    return found


def _patient(limits: Limits, seconds: float | None) -> Limits:
    """Return the limits of a question. seconds: that the reference took; None for a training, which it did not do"""
    if seconds is None:
        return limits
    return limits.of_seconds(min(limits.seconds, PATIENCE_SECONDS + PATIENCE_FACTOR * seconds))


class Ahead:
    """Asks the questions of a plan one after another, and gives the replies to the checks.

    given_up: the exercises that are no longer asked about
    """

    def __init__(self, worker: Worker, plan: Iterable[Question], exercises: Collection[str]) -> None:
        self.worker = worker
        self.given_up: set[str] = set()
        self._waiting = deque(question for question in plan if question.exercise in exercises)
        self._of_check: dict[str, deque[Question]] = {}
        for question in self._waiting:
            self._of_check.setdefault(question.check, deque()).append(question)
        self._sent: deque[Question] = deque()
        self._replies: dict[int, Reply] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def start(self) -> None:
        """Send the first questions, once the submission has been loaded in the worker's session."""
        while self._waiting and len(self._sent) < WINDOW:
            question = self._waiting.popleft()
            if question.exercise not in self.given_up:
                self._sent.append(question)
                self.worker.send_ahead(question.message)

    def ask(self, calls: tuple[Call, ...], device: str, exercise: str, check: str) -> Reply:
        """Return the reply to the next question of a check. NotKnown if it is another one than was expected."""
        questions = self._of_check.get(check)
        if exercise not in self.given_up and questions:
            question = questions.popleft()
            if device == question.message.device and _are_same(calls, question.message.calls):
                reply = self._await(question)
                if reply is not None:
                    return reply
        self.given_up.add(exercise)
        raise NotKnown

    def _await(self, wanted: Question) -> Reply | None:
        """Return the reply to a question; None if none will come."""
        while id(wanted) not in self._replies:
            self.start()
            if not self._sent:
                return None
            question, reply = self._sent.popleft(), self.worker.next_reply()
            if reply is None:
                self._sent.clear()
                self._waiting.clear()
                return None
            self._replies[id(question)] = reply
        self.start()
        return self._replies.pop(id(wanted))

    def find_changes(self) -> bool:
        """Whether the submission has left something behind that a later check could have found, or may have."""
        self._waiting.clear()
        while self._sent and self.worker.next_reply() is not None:
            self._sent.popleft()
        self.worker.send_ahead(Continue((Call(FIND_CHANGES, {}, 0),), "cpu", (), (), Limits()))
        reply = self.worker.next_reply()
        return reply is None or not reply.is_ok or reply.outputs[0].get("changes") != []


def _are_same(calls: tuple[Call, ...], others: tuple[Call, ...]) -> bool:
    with contextlib.suppress(Exception):  # a parameter may be anything that can be sent
        return bool(calls == others)
    return False
