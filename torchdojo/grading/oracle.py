"""The oracle: what the reference, and each known mistake, replies to the same calls."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import sys
import warnings
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import torch

from torchdojo.course import Chapter, Course, CourseError, Overlay, load_overlays, read_course_file
from torchdojo.grading.author_files import load_author_file
from torchdojo.grading.exchange import Exchange, same_answer
from torchdojo.grading.status import CheckStatus
from torchdojo.probe import Probe, collect_probes
from torchdojo.probe.settings import preserve_settings
from torchdojo.source.files import ParsedSource
from torchdojo.wire import size_of
from torchdojo.worker.modules import import_modules
from torchdojo.worker.protocol import Call, Reply, Request, decode_reply, encode_reply, is_quiet, is_step
from torchdojo.worker.request_runner import run_request
from torchdojo.worker.without_sympy import defer_symbolic_shapes

CACHE_BYTES = 256 * 2**20  # of replies that are remembered; those that were not used for longest are forgotten
KEPT_SECRETS = 4  # whose questions' replies are remembered: in a class, each text's questions are its own
ENCODER = json.JSONEncoder(sort_keys=True, default=str)
BYTES_PER_REPLY = 2000  # beside its outputs


@dataclass(frozen=True)
class Verdict:
    """How a check judges a known mistake: the status, and what it says was expected and came back."""

    status: CheckStatus
    expected: str
    got: str


class Oracle(Protocol):
    """Gives the reference's answers to a check's questions, and recognises those of known mistakes.

    probes: the chapter's probes by name; reference: the reference's text, empty if the course does not hold it
    secret: what inputs must be derived from, or None if any will do
    """

    chapter: Chapter
    probes: dict[str, Probe]
    reference: bytes
    secret: bytes | None

    def expect_questions(self, secret: bytes) -> None:
        """Prepare for questions that are drawn from this secret."""

    @property
    def mistakes(self) -> list[Overlay]:
        """The known mistakes of the chapter. CourseError if one of their files is wrong."""

    def require_reference(self) -> None:
        """Raise CourseError if the reference cannot be loaded: no check could be graded then."""

    def reference_answer(self, calls: tuple[Call, ...], device: str) -> Reply:
        """Return what the reference gives for these calls."""

    def gives(self, mistake: Overlay, exchange: Exchange) -> bool:
        """Whether a known mistake gives the reply that a check got."""

    def is_right(self, mistake: Overlay, exchange: Exchange) -> bool:
        """Whether a known mistake gives the reference's answer to what a check asked."""

    def recorded_verdicts(self, mistake: Overlay) -> Mapping[str, Verdict] | None:
        """Return how the public checks judge a known mistake, by their names; None if that was not recorded."""


class ReferenceOracle:
    """Runs the reference and the known mistakes in this process, and remembers their last replies."""

    secret: bytes | None = None

    def __init__(self, course: Course, chapter: Chapter, probes_path: Path | None = None) -> None:
        torch.set_num_threads(1)
        defer_symbolic_shapes()
        self.course = course
        self.chapter = chapter
        self.probes = load_probes(chapter, probes_path or course.probes_file(chapter))
        self._path = course.reference_file(chapter)
        self.reference = read_course_file(self._path)
        self._cache: OrderedDict[str, Reply] = OrderedDict()
        self._cached_bytes = 0
        self._secrets: set[bytes] = set()

    def expect_questions(self, secret: bytes) -> None:
        if secret not in self._secrets and len(self._secrets) == KEPT_SECRETS:
            self._cache.clear()  # or a class would fill it in every process, with what is never asked again
            self._cached_bytes = 0
            self._secrets.clear()
        self._secrets.add(secret)

    @functools.cached_property
    def mistakes(self) -> list[Overlay]:  # read when an exercise fails: what passes needs none
        return load_overlays(self.course, self.chapter, "mistakes")

    def require_reference(self) -> None:
        reply = self.reference_answer((), "cpu")
        if not reply.is_ok:
            raise CourseError(self._path, f"cannot be loaded: {reply.type}: {reply.message}", line=reply.line)
        if reply.left_out:
            number, raised = reply.left_out[0]
            statement = list(ParsedSource(self.reference).statements)[number]
            raise CourseError(self._path, f"cannot be loaded: {raised}", line=statement.node.lineno)

    def reference_answer(self, calls: tuple[Call, ...], device: str) -> Reply:
        return self.answer(self.reference, calls, device)

    def mistake_answer(self, mistake: Overlay, calls: tuple[Call, ...], device: str) -> Reply:
        """Return what a known mistake gives for these calls."""
        return self.answer(mistake.source, calls, device)

    def gives(self, mistake: Overlay, exchange: Exchange) -> bool:
        return same_answer(self.mistake_answer(mistake, exchange.calls, exchange.device), exchange)

    def is_right(self, mistake: Overlay, exchange: Exchange) -> bool:
        expected = self.reference_answer(exchange.calls, exchange.device)
        return self.gives(mistake, replace(exchange, reply=expected))

    def recorded_verdicts(self, mistake: Overlay) -> Mapping[str, Verdict] | None:
        return None

    def answer(self, source: bytes, calls: tuple[Call, ...], device: str) -> Reply:
        """Return what the course's own code of this text gives for these calls."""
        if is_step(calls):  # whose answer depends on the steps before
            return self._run(source, calls, device)
        key = f"{_digest(source)}:{question(calls, device)}"
        if key in self._cache:
            self._cache.move_to_end(key)
            return self._cache[key]
        reply = self._cache[key] = self._run(source, calls, device)
        self._cached_bytes += _cost(key, reply)
        while self._cached_bytes > CACHE_BYTES:
            self._cached_bytes -= _cost(*self._cache.popitem(last=False))
        return reply

    def _run(self, source: bytes, calls: tuple[Call, ...], device: str) -> Reply:
        """Run course code as a worker runs a submission; the reply looks like a submission's."""
        request = Request(self.chapter.name, source, f"{self.chapter.name}.py", calls, device)
        if is_quiet(calls):  # of which only the kinds matter
            with _hidden(self.chapter.name), preserve_settings(random=False):
                return run_request(request, self.probes)
        with preserve_settings(), _hidden(self.chapter.name):
            torch.set_num_threads(1)
            warnings.simplefilter("ignore")  # a known mistake may warn
            return decode_reply(encode_reply(run_request(request, self.probes)))


@contextlib.contextmanager
def _hidden(name: str) -> Iterator[None]:
    """Leave no module of this name loaded: checks that import it mean the submission, not the reference."""
    before = sys.modules.get(name)
    try:
        yield
    finally:
        sys.modules.pop(name, None)
        if before is not None:
            sys.modules[name] = before


def _cost(key: str, reply: Reply) -> int:
    return BYTES_PER_REPLY + len(key) + size_of(reply.outputs)


def load_probes(chapter: Chapter, path: Path) -> dict[str, Probe]:
    """Return the probes of a chapter's file by name. CourseError if it cannot be loaded."""
    if b"torchvision" in path.read_bytes():
        import_modules(["torchvision"])
    return collect_probes(load_author_file(f"probes_of_{chapter.name}", path))


def question(calls: tuple[Call, ...], device: str) -> str:
    """Return a text that identifies these calls on this device."""
    return f"{device}:{ENCODER.encode([[c.probe, c.params, c.seed] for c in calls])}"


@functools.lru_cache(maxsize=1024)
def _digest(source: bytes) -> str:
    return hashlib.sha256(source).hexdigest()
