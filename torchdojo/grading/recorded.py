"""The oracle of a release: the recorded answers of the reference, and fingerprints of those of the known mistakes.

A release has neither reference nor mistakes. Its checks make the same requests as where it was made, because their
inputs come from a secret that is public. Inputs, and what a submission draws, come from torch's CPU generator, whose
numbers are the same on every platform except for rounding; comparisons allow for that. A request without a recorded
answer is a grader error, never the submission's fault.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from torchdojo.course import Chapter, Course, CourseError, Overlay
from torchdojo.grading.exchange import Exchange
from torchdojo.grading.failure import CheckBroken
from torchdojo.grading.fingerprint import Fingerprint, fits
from torchdojo.grading.oracle import Verdict, load_probes, question
from torchdojo.grading.status import CheckStatus
from torchdojo.grading.version import RECORDING, RECORDING_HEAD
from torchdojo.wire import EndOfStream, WireError, WireLimits, decode, encode, read_frame, write_frame
from torchdojo.worker.protocol import Call, Reply, ReplyStatus

VERSION = 3
RECORDING_LIMITS = WireLimits(total_bytes=2**28, header_bytes=2**26, tensors=4096, nodes=2_000_000, text=1_000_000)


class RecordedOracle:
    """Reads a release's recorded answers; CourseError if the file is missing or damaged."""

    reference = b""

    def __init__(self, course: Course, chapter: Chapter) -> None:
        torch.set_num_threads(1)
        folder = course.graders_folder(chapter)
        self.chapter = chapter
        self.probes = load_probes(chapter, course.probes_file(chapter))
        head, entries = read_recording(folder / RECORDING)
        self.secret: bytes | None = head["secret"]
        self.mistakes = [Overlay(**entry, fails=(), source=b"", path=folder / RECORDING) for entry in head["mistakes"]]
        self._verdicts = {
            mistake: {check: Verdict(CheckStatus(status), *words) for check, (status, *words) in verdicts.items()}
            for mistake, verdicts in head["verdicts"].items()
        }
        self._entries = {entry["question"]: entry for entry in entries}

    def expect_questions(self, secret: bytes) -> None:
        """Do nothing: there is one secret, and what was recorded stays."""

    def require_reference(self) -> None:
        """Do nothing: the reference's answers are recorded."""

    def reference_answer(self, calls: tuple[Call, ...], device: str) -> Reply:
        """Return what the reference gave for these calls; CheckBroken if that was not recorded."""
        entry = self._entries.get(question(calls, device))
        if entry is None:
            raise CheckBroken("this release has no recorded answer for this check: is it complete and up to date?")
        return Reply(ReplyStatus.OK, outputs=entry["reference"], returned=entry["returned"])

    def gives(self, mistake: Overlay, exchange: Exchange) -> bool:
        """Whether a mistake's fingerprint fits what a check got; False where none was taken."""
        entry = self._entries.get(question(exchange.calls, exchange.device), {})
        index = entry.get("mistakes", {}).get(f"{mistake.exercise}/{mistake.id}")
        return index is not None and fits(entry["fingerprints"][index], exchange.reply, exchange.closeness)

    def is_right(self, mistake: Overlay, exchange: Exchange) -> bool:
        """Whether a mistake's fingerprint fits the reference's answer."""
        return self.gives(mistake, replace(exchange, reply=self.reference_answer(exchange.calls, exchange.device)))

    def recorded_verdicts(self, mistake: Overlay) -> Mapping[str, Verdict] | None:
        """Return how the public checks judged a mistake when the release was made."""
        return self._verdicts[f"{mistake.exercise}/{mistake.id}"]


def write_recording(
    path: Path,
    secret: bytes,
    mistakes: Iterable[Overlay],
    verdicts: Mapping[str, Mapping[str, Verdict]],
    entries: Iterable[dict[str, Any]],
) -> None:
    """Write a chapter's recorded answers.

    verdicts: of the checks on each mistake, by "<exercise>/<id>" and the check's name
    entries: {"question": …, "reference": its outputs, "returned": as in its reply, "mistakes": {"<exercise>/<id>":
    fingerprint}}; many mistakes give the same answer to a question, so each fingerprint is written once
    """
    named = [{"exercise": m.exercise, "id": m.id, "title": m.title, "explanation": m.explanation} for m in mistakes]
    judged = {
        mistake: {check: (v.status.value, v.expected, v.got) for check, v in by_check.items()}
        for mistake, by_check in verdicts.items()
    }
    head = {"secret": secret, "torch": torch.__version__, "mistakes": named, "verdicts": judged}
    body = b"".join(_frame(message) for message in (head, *map(_share_fingerprints, entries)))
    digest = _frame({"version": VERSION, "sha256": hashlib.sha256(body).hexdigest()})
    assert len(digest) <= RECORDING_HEAD  # no more is read to see whether the answers have changed
    path.write_bytes(digest + body)


def _frame(message: dict[str, Any]) -> bytes:
    frame = bytearray()
    write_frame(frame.extend, encode(message, RECORDING_LIMITS))
    return bytes(frame)


def _share_fingerprints(entry: dict[str, Any]) -> dict[str, Any]:
    """Return an entry with a list of its distinct fingerprints, and their indices as its mistakes."""
    distinct: dict[bytes, Fingerprint] = {
        encode(known, RECORDING_LIMITS): known for known in entry["mistakes"].values()
    }
    indices = {message: index for index, message in enumerate(distinct)}
    mistakes = {name: indices[encode(known, RECORDING_LIMITS)] for name, known in entry["mistakes"].items()}
    return {**entry, "mistakes": mistakes, "fingerprints": list(distinct.values())}


def read_recording(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the head and the entries of a recording; CourseError if it cannot be read."""
    try:
        stream = io.BytesIO(path.read_bytes())
        messages = read_messages(stream)
        digest: dict[str, Any] = next(messages, {})
        if digest["version"] != VERSION:
            raise CourseError(path, f"was made by another version of torchdojo ({digest['version']}, not {VERSION})")
        if digest["sha256"] != hashlib.sha256(stream.getbuffer()[stream.tell() :]).hexdigest():
            raise WireError("the checksum does not match")
        head, *entries = messages
    except OSError as error:
        raise CourseError(path, f"the recorded answers cannot be read: {error.strerror}") from None
    except (WireError, EndOfStream, ValueError, KeyError, TypeError) as error:
        raise CourseError(path, f"the recorded answers are damaged; get the release again ({error})") from None
    return head, entries


def read_messages(stream: io.BytesIO) -> Iterator[Any]:
    """Yield the messages of a recording; WireError or EndOfStream if it is damaged."""
    while stream.tell() < len(stream.getbuffer()):
        yield decode(read_frame(stream.read, RECORDING_LIMITS.total_bytes), RECORDING_LIMITS)
