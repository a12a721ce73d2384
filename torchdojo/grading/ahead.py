"""Ask a submission everything in one process, and ask what is expected to come before any check asks it.

A check that passes so has passed: nothing that a submission does in a shared process makes an answer right that depends
on a seed. Where it leaves something behind that a later check could find, no answer counts. An exercise with a check
that does not pass, for whatever reason, is asked again, each check in a process of its own, and only that counts.

While the submission answers a question, the reference is asked the same, in this process. Where an earlier submission
was asked the same questions, they are sent ahead, and the submission never waits.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NoReturn

from torchdojo.course import Exercise
from torchdojo.grading.failure import CheckFailed, Finding
from torchdojo.sandbox.worker import Worker
from torchdojo.wire import WireError
from torchdojo.worker.protocol import FIND_CHANGES, Call, Continue, Limits, Reply, ReplyStatus, is_step

WINDOW = 8  # questions that are on their way: enough that the submission never waits, few enough to be given up
PATIENCE_SECONDS = 3.0  # for all but trainings: what takes longer is asked again, with the check's own limit
# With such a reply the process may have ended, and with it all that was left behind there.
MAY_HAVE_ENDED = {status for status in ReplyStatus if status.is_our_finding} | {ReplyStatus.MEMORY, ReplyStatus.REFUSED}
Asked = tuple[tuple[Call, ...], str, float | None]  # calls, a device, the reference's seconds or None for a training


class NotAskedHere(CheckFailed):
    """Ends a check that must be asked alone."""

    def __init__(self) -> None:
        super().__init__(Finding(got="nothing: this is asked in a process of its own"))


@dataclass(frozen=True)
class Asking:
    """A check that asks. exercise: its; check: its id; limits: of each question"""

    exercise: Exercise
    check: str
    limits: Limits


@dataclass(frozen=True)
class _Pending:
    asking: Asking
    message: Continue


class Ahead:
    """Asks a submission in the session in which the worker has loaded it.

    given_up: the names of exercises that are no longer asked about
    """

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self.given_up: set[str] = set()
        self._expected = deque[_Pending]()
        self._of_check: dict[str, deque[_Pending]] = {}
        self._sent = deque[_Pending]()
        self._replies: dict[int, Reply] = {}
        self._may_have_ended = False  # the process that was asked first

    def expect(self, asking: Asking, asked: Iterable[Asked]) -> None:
        """Send these questions before the check asks them."""
        for calls, device, seconds in asked:
            question = _new_question(asking, calls, device, is_training=seconds is None)
            self._expected.append(question)
            self._of_check.setdefault(asking.check, deque()).append(question)
        self._send_expected()

    def begin(self, asking: Asking, calls: tuple[Call, ...], device: str) -> None:
        """Send a question that `ask` will ask, unless it was sent ahead. NotAskedHere if it must be asked alone."""
        with contextlib.suppress(WireError):  # the check will say what cannot be sent
            self._require_known(asking, calls, device, is_training=False)

    def ask(self, asking: Asking, calls: tuple[Call, ...], device: str) -> Reply:
        """Return the reply to a question. NotAskedHere if it must be asked alone."""
        self._require_known(asking, calls, device, is_training=True)
        reply = self._await(self._of_check[asking.check].popleft())
        if reply is None:
            self._give_up(asking)
        return reply

    def _require_known(self, asking: Asking, calls: tuple[Call, ...], device: str, *, is_training: bool) -> None:
        """Let the next expected question of a check be this one."""
        if asking.exercise.name in self.given_up or is_step(calls) or device == "cuda":
            self._give_up(asking)
        questions = self._of_check.setdefault(asking.check, deque())
        if questions and _is_about(questions[0], calls, device):
            return
        for question in questions:  # what was expected was wrong
            with contextlib.suppress(ValueError):
                self._expected.remove(question)
        questions.clear()
        question = _new_question(asking, calls, device, is_training=is_training)
        self._send(question)
        questions.append(question)

    def _give_up(self, asking: Asking) -> NoReturn:
        self.given_up.add(asking.exercise.name)
        raise NotAskedHere

    def _send_expected(self) -> None:
        while self._expected and len(self._sent) < WINDOW:
            question = self._expected.popleft()
            if question.asking.exercise.name not in self.given_up:
                self._send(question)

    def _send(self, question: _Pending) -> None:
        self.worker.send_ahead(question.message)
        self._sent.append(question)

    def _await(self, wanted: _Pending) -> Reply | None:
        """Return the reply to a question; None if none will come."""
        while id(wanted) not in self._replies:
            self._send_expected()
            if not self._receive():
                self._expected.clear()
                return None
        self._send_expected()
        return self._replies.pop(id(wanted))

    def _receive(self) -> bool:
        """Wait for the reply to the first question that has none; return whether there was one."""
        reply = self.worker.next_reply() if self._sent else None
        if reply is None:
            self._sent.clear()
            return False
        self._may_have_ended |= reply.status in MAY_HAVE_ENDED
        self._replies[id(self._sent.popleft())] = reply
        return True

    def find_changes(self) -> bool:
        """Whether the submission has left something behind that a later check could have found, or may have."""
        self._expected.clear()
        while self._receive():
            pass
        if self._may_have_ended:
            return True
        self.worker.send_ahead(Continue((Call(FIND_CHANGES, {}, 0),), "cpu", (), (), Limits()))
        reply = self.worker.next_reply()
        return reply is None or not reply.is_ok or reply.outputs[0].get("changes") != []


def _new_question(asking: Asking, calls: tuple[Call, ...], device: str, *, is_training: bool) -> _Pending:
    limits = asking.limits
    if not is_training:
        limits = replace(limits, seconds=min(limits.seconds, PATIENCE_SECONDS))
    forbids, allows = tuple(asking.exercise.forbids), tuple(asking.exercise.allows)
    return _Pending(asking, Continue(calls, device, forbids, allows, limits))


def _is_about(question: _Pending, calls: tuple[Call, ...], device: str) -> bool:
    with contextlib.suppress(Exception):  # a parameter may be anything that can be sent, also what cannot be compared
        return question.message.device == device and bool(question.message.calls == calls)
    return False
