"""Attacks on the grader: submissions that try to win, harm or stall, and the verdict that each must get.

They run in bubblewrap only. Each must earn nothing, end with a status and for a cause that is stated beforehand, and
leave nothing outside the sandbox.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import tempfile
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import psutil
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from torchdojo.batch.jobs import Job, OnStart
from torchdojo.batch.pool import run_jobs
from torchdojo.course import Course, CourseError, read_course_file
from torchdojo.grading.result import Result
from torchdojo.grading.status import CheckStatus, ResultStatus
from torchdojo.sandbox.bubblewrap import BUBBLEWRAP
from torchdojo.sandbox.selftest.runner import listener

FOLDER = "hostile"
ATTACKS_FILE = "attacks.toml"

# How an attack's checks may end, or the whole of it.
ENDS = {s.value: s for s in CheckStatus if s.is_wrong and s is not CheckStatus.GRADER_ERROR} | {
    ResultStatus.REJECTED.value: ResultStatus.REJECTED
}


def _end(word: str) -> CheckStatus | ResultStatus:
    """Return the status of this name; ValueError, which pydantic reports, if an attack cannot end so."""
    if word not in ENDS:
        raise ValueError(f"must be one of {', '.join(ENDS)}")
    return ENDS[word]


def _pattern(text: str) -> str:
    """Return a regular expression; ValueError, which pydantic reports, if it is not one."""
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    return text


class Attack(BaseModel):
    """One attack: graders/hostile/<id>.py, a whole submission.

    tries: what it aims at; status: how its exercise's checks may end, or "rejected" for the whole submission
    cause: a pattern that some message must match; defence: what stops it; seconds: a tighter limit on each check
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    tries: Annotated[str, Field(min_length=1)]
    chapter: str
    exercise: str
    status: Annotated[list[Annotated[CheckStatus | ResultStatus, BeforeValidator(_end)]], Field(min_length=1)]
    cause: Annotated[str, AfterValidator(_pattern)] = ""
    defence: str
    seconds: Annotated[float, Field(gt=0)] | None = None


class _Table(BaseModel):
    """The whole of attacks.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    attack: list[Attack]


def load_attacks(course: Course) -> list[Attack]:
    """Return the course's attacks, [] if it has none; CourseError if anything is wrong with them."""
    folder = course.root / "graders" / FOLDER
    if not folder.exists():
        return []
    path = folder / ATTACKS_FILE
    attacks = _read_table(path)
    known: set[str] = set()
    for attack in attacks:
        chapter = course.find(attack.chapter)
        if chapter is None or chapter.find(attack.exercise) is None:
            raise CourseError(path, f"no exercise {attack.chapter}/{attack.exercise}", key=attack.id)
        if attack.id in known:
            raise CourseError(path, "appears twice", key=attack.id)
        read_attack(course, attack)
        known.add(attack.id)
    for other in sorted(folder.glob("*.py")):
        if other.stem not in known:
            raise CourseError(other, f"is not in {ATTACKS_FILE}")
    return attacks


def _read_table(path: Path) -> list[Attack]:
    try:
        return _Table.model_validate(tomllib.loads(read_course_file(path).decode("utf-8"))).attack
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        raise CourseError(path, f"is not TOML: {error}", line=int(line[1]) if line else None) from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise CourseError(path, first["msg"], key=".".join(map(str, first["loc"]))) from None


def read_attack(course: Course, attack: Attack) -> bytes:
    """Return an attack's file, which need not be Python or text; CourseError if it cannot be read."""
    path = source_path(course, attack)
    try:
        return path.read_bytes()
    except OSError as error:
        raise CourseError(path, f"cannot be read: {error.strerror}") from None


def source_path(course: Course, attack: Attack) -> Path:
    """Return the path of an attack's file."""
    return course.root / "graders" / FOLDER / f"{attack.id}.py"


@dataclass(frozen=True)
class Targets:
    """What attacks aim at on the host.

    folder: empty but for canary, a file that holds the secret; port: of a server on the loopback interface
    token: the value of an environment variable; traces: files that attacks try to write
    """

    folder: Path
    canary: Path
    secret: str
    port: int
    token: str
    traces: tuple[Path, ...]

    def fill_in(self, source: bytes) -> bytes:
        """Return an attack's text with the targets in the place of their names."""
        values = {"@CANARY@": self.canary, "@FOLDER@": self.folder, "@PORT@": self.port, "@TOKEN@": self.token}
        for name, value in values.items():
            source = source.replace(name.encode(), str(value).encode())
        return source

    def find_traces(self) -> list[str]:
        """Return what attacks left outside the sandbox."""
        written = [path for path in self.traces if path.exists()]
        written += [path for path in self.folder.iterdir() if path != self.canary]
        alive = [p.pid for p in psutil.process_iter(["cmdline"]) if self.token in (p.info["cmdline"] or [])]
        return [f"{path} was written" for path in written] + [f"process {pid} is still running" for pid in alive]


@contextlib.contextmanager
def set_up_targets() -> Iterator[Targets]:
    """Set up the targets and remove them at the end; AssertionError if anyone connected to the server."""
    token = f"{3600 + secrets.randbelow(10**6)}.{secrets.randbelow(10**6)}"
    variable = f"DOJO_CANARY_{secrets.token_hex(4)}"
    with tempfile.TemporaryDirectory(prefix="dojo-targets-") as folder, listener() as (port, was_reached):
        canary, secret = Path(folder) / "canary.txt", secrets.token_hex(16)
        canary.write_text(secret)
        os.environ[variable] = token
        try:
            yield Targets(Path(folder), canary, secret, port, token, (Path("/tmp/dojo-was-here"),))
        finally:
            del os.environ[variable]
        if was_reached():
            raise AssertionError("an attack connected to a server on the host")


def find_attack_problems(attack: Attack, result: Result, targets: Targets) -> list[str]:
    """Return what is wrong with the verdict on an attack; [] if it is as expected."""
    problems = []
    if result.score != 0:
        problems.append(f"earns {result.score} points")
    if result.status is ResultStatus.REJECTED:
        problems += [] if ResultStatus.REJECTED in attack.status else [f"is rejected: {result.message}"]
        messages = [result.message]
    else:
        own = [check for check in result.checks if check.exercise.name == attack.exercise]
        unexpected = {check.status for check in own} - set(attack.status)
        if unexpected or not own:
            problems.append(f"ends as {', '.join(sorted(unexpected))}, not as {' or '.join(attack.status)}")
        messages = [check.message for check in own if not check.status.is_done]
    if result.status is ResultStatus.GRADER_ERROR:
        problems.append(f"is {result.status}: {result.message}")
    if not any(re.search(attack.cause, message, re.IGNORECASE) for message in messages):
        problems.append(f"ends for another cause than /{attack.cause}/: {messages[:2]}")
    if any(targets.secret in message for message in messages):
        problems.append("shows the text of a file of the host")
    return problems


def run_attacks(
    course: Course,
    attacks: Iterable[Attack],
    targets: Targets,
    processes: int,
    on_start: OnStart = lambda job: None,
) -> Iterator[tuple[Attack, Result, list[str]]]:
    """Grade attacks in bubblewrap; yield each with its result and the problems of that."""
    jobs = [
        Job(
            attack,
            attack.chapter,
            targets.fill_in(read_attack(course, attack)),
            secrets.token_bytes(16),
            only=(attack.exercise,),
            seconds=attack.seconds,
        )
        for attack in attacks
    ]
    for job, result in run_jobs(course.root, BUBBLEWRAP, jobs, processes, on_start):
        yield job.label, result, find_attack_problems(job.label, result, targets)
