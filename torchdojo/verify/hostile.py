"""Attacks on the grader: submissions that try to win, harm or stall, and what each must get.

They only ever run in bubblewrap. Three things judge each: it earns nothing, its checks end with a status and
for a cause that was stated beforehand, and nothing of it is seen outside the sandbox.
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

from torchdojo.batch import Job, run_jobs
from torchdojo.course import Course, CourseError, read_course_file
from torchdojo.grading.result import Result
from torchdojo.grading.status import CheckStatus, ResultStatus
from torchdojo.sandbox.bubblewrap import BUBBLEWRAP
from torchdojo.sandbox.selftest.runner import listener

FOLDER = "hostile"
TABLE = "attacks.toml"

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
    """Return a regular expression as it is; ValueError, which pydantic reports, if it is none."""
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    return text


class Attack(BaseModel):
    """One attack: graders/hostile/<id>.py, a whole submission.

    tries: what it is after; status: what its exercise's checks may say, or "rejected" for the whole result
    cause: a pattern that every message must match; defence: what holds it; seconds: a tighter limit on each check
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
    """Return the course's attacks; [] if it has no such folder. CourseError for whatever is wrong with them."""
    folder = course.root / "graders" / FOLDER
    if not folder.exists():
        return []
    path = folder / TABLE
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
            raise CourseError(other, f"is not in {TABLE}")
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
    """Return an attack's text, which need not be Python, nor text; CourseError if it cannot be read."""
    path = source_path(course, attack)
    try:
        return path.read_bytes()
    except OSError as error:
        raise CourseError(path, f"cannot be read: {error.strerror}") from None


def source_path(course: Course, attack: Attack) -> Path:
    """Return where an attack's text is."""
    return course.root / "graders" / FOLDER / f"{attack.id}.py"


@dataclass(frozen=True)
class Scene:
    """What attacks aim at on the host: a secret file, an empty folder, a server on loopback, a secret variable."""

    folder: Path
    canary: Path
    secret: str
    port: int
    token: str
    marks: tuple[Path, ...]

    def fill(self, source: bytes) -> bytes:
        """Return an attack's text with its targets filled in."""
        words = {"@CANARY@": self.canary, "@FOLDER@": self.folder, "@PORT@": self.port, "@TOKEN@": self.token}
        for word, value in words.items():
            source = source.replace(word.encode(), str(value).encode())
        return source

    def traces(self) -> list[str]:
        """Return what attacks left outside the sandbox, in words."""
        found = [f"{path} was written" for path in self.marks if path.exists()]
        found += [f"{path} was written" for path in self.folder.iterdir() if path != self.canary]
        alive = [p.pid for p in psutil.process_iter(["cmdline"]) if self.token in (p.info["cmdline"] or [])]
        return found + [f"process {pid} lives on" for pid in alive]


@contextlib.contextmanager
def scene() -> Iterator[Scene]:
    """Set the scene, and clear it away; AssertionError, at the end, if anyone connected to the server."""
    token = f"{3600 + secrets.randbelow(10**6)}.{secrets.randbelow(10**6)}"
    name = f"DOJO_CANARY_{secrets.token_hex(4)}"
    with tempfile.TemporaryDirectory(prefix="dojo-scene-") as folder, listener() as (port, was_reached):
        canary, secret = Path(folder) / "canary.txt", secrets.token_hex(16)
        canary.write_text(secret)
        os.environ[name] = token
        try:
            yield Scene(Path(folder), canary, secret, port, token, (Path("/tmp/dojo-was-here"),))
        finally:
            del os.environ[name]
        if was_reached():
            raise AssertionError("an attack connected to a server on the host")


def problems_of_attack(attack: Attack, result: Result, stage: Scene) -> list[str]:
    """Return what is wrong with how an attack ended, in words; [] if it got what it must."""
    found = []
    if result.score != 0:
        found.append(f"earns {result.score} points")
    if result.status is ResultStatus.REJECTED:
        found += [] if ResultStatus.REJECTED in attack.status else [f"is rejected: {result.message}"]
        ends = [result.message]
    else:
        own = [c for c in result.checks if c.exercise.name == attack.exercise]
        odd = {c.status for c in own} - set(attack.status)
        found += [f"ends as {', '.join(sorted(odd))}, not as {' or '.join(attack.status)}"] if odd or not own else []
        ends = [c.message for c in own if not c.status.is_done]
    if result.status is ResultStatus.GRADER_ERROR:
        found.append(f"is {result.status}: {result.message}")
    if not any(re.search(attack.cause, words, re.IGNORECASE) for words in ends):
        found.append(f"ends for another cause than /{attack.cause}/: {ends[:2]}")
    if any(stage.secret in words for words in ends):
        found.append("shows the text of a file of the host")
    return found


def run_attacks(
    course: Course, attacks: Iterable[Attack], stage: Scene, processes: int
) -> Iterator[tuple[Attack, Result, list[str]]]:
    """Grade attacks in bubblewrap; yield each with its result and what is wrong with that."""
    jobs = [
        Job(
            attack,
            attack.chapter,
            stage.fill(read_attack(course, attack)),
            secrets.token_bytes(16),
            only=(attack.exercise,),
            seconds=attack.seconds,
        )
        for attack in attacks
    ]
    for job, result in run_jobs(course.root, BUBBLEWRAP, jobs, processes):
        yield job.label, result, problems_of_attack(job.label, result, stage)
