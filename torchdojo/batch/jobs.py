"""What is handed out to be graded, and what comes back."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from torchdojo.grading.result import Result
from torchdojo.grading.status import ResultStatus
from torchdojo.sandbox.backend import SandboxBackend
from torchdojo.source.files import SourceError

if TYPE_CHECKING:  # it imports torch, which the process that hands out jobs does without
    from torchdojo.grading.grader import OutputTransform

Results = Generator[tuple["Job", Result], None, None]
OnStart = Callable[["Job"], None]


@dataclass(frozen=True)
class Job:
    """One submission of one chapter.

    label: for the caller to recognise it by; secret: what inputs are drawn from; only: exercises to check, None for all
    seconds: a limit on each check below the chapter's; diagnoses: whether known mistakes are recognised
    in_process: whether it is the course's own code, which needs no sandbox, and is only to be named
    transform, replays: grade the reference's answers instead, altered, or those to another secret's questions
    accelerators: where placement is checked, as in Settings; None for where the course says
    withholds: whether messages keep back what could reveal the inputs of hidden checks, as in `withhold_words`
    """

    label: Any
    chapter: str
    source: bytes | SourceError
    secret: bytes
    only: tuple[str, ...] | None = None
    seconds: float | None = None
    transform: OutputTransform | None = None
    replays: bool = False
    in_process: bool = False
    diagnoses: bool = True
    accelerators: tuple[str, ...] | None = None
    withholds: bool = False


def derive_secret(secret: bytes, source: bytes | SourceError) -> bytes:
    """Return the secret of one submission, given the run's: the same text is asked the same questions, no other one is.

    So what a submission has seen of its questions is of no use to the next.
    """
    text = source.message.encode() if isinstance(source, SourceError) else source
    return hmac.digest(secret, text, hashlib.sha256)


@dataclass(frozen=True)
class Attempt:
    """A job's result, and whether it is worthless because the machine was too busy for the submission."""

    result: Result
    starved: bool = False


Attempts = Generator[tuple[Job, Attempt], None, None]


def grader_error_result(job: Job, backend: SandboxBackend, message: str) -> Result:
    """Return the result of a job that the engine failed to grade."""
    return Result(
        chapter=job.chapter,
        status=ResultStatus.GRADER_ERROR,
        checks=[],
        sandbox=backend.name,
        device="cpu",
        seconds=0.0,
        submission="",
        graders="",
        message=message,
    )
