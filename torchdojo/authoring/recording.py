"""Write down what a release's checks need of the reference and of the known mistakes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torchdojo.course import Chapter, Course, CourseError, Overlay
from torchdojo.grading.fingerprint import fingerprint, fits
from torchdojo.grading.grader import PUBLIC_SECRET, Grader, Settings
from torchdojo.grading.oracle import ReferenceOracle, question
from torchdojo.grading.recorded import write_recording
from torchdojo.grading.result import CheckResult
from torchdojo.grading.status import CheckStatus
from torchdojo.grading.version import RECORDING
from torchdojo.sandbox.backend import NONE
from torchdojo.worker.protocol import Call, Reply


class _RecordingOracle(ReferenceOracle):
    """Keeps what the reference is asked, and what it gives."""

    secret: bytes | None = PUBLIC_SECRET

    def __init__(self, course: Course, chapter: Chapter, probes_path: Path) -> None:
        super().__init__(course, chapter, probes_path)
        self.answers: dict[str, Reply] = {}

    def reference_answer(self, calls: tuple[Call, ...], device: str) -> Reply:
        reply = self.answers[question(calls, device)] = super().reference_answer(calls, device)
        return reply


Asked = list[tuple[tuple[Call, ...], list[dict[str, Any]]]]


def collect_exchanges(course: Course, chapter: Chapter, secret: bytes) -> list[tuple[CheckResult, Asked]]:
    """Return all checks of a chapter, each with what it asks under a secret and what the reference gives."""
    checks = Grader(course, chapter, Settings(NONE, secret)).dry_run()
    return [(result, [(e.calls, e.reply.outputs) for e in exchanges]) for result, exchanges in checks]


def record_answers(course: Course, released: Course, chapter: Chapter) -> None:
    """Run a released chapter's checks on the reference, and write their recorded answers beside them.

    A known mistake that answers all of them as the reference does is left out: its text would tell of hidden checks.
    course: with the reference and the mistakes; released: with the public checks and probes, a chapter of the same name
    CourseError if the reference does not pass.
    """
    probes = released.graders_folder(chapter) / "probes.py"
    oracle = _RecordingOracle(course, chapter, probes)
    there = released.find(chapter.name)
    assert there is not None
    checks = Grader(released, there, Settings(NONE, PUBLIC_SECRET), oracle=oracle).dry_run()
    fingerprints: dict[str, dict[str, Any]] = {}
    visible: set[str] = set()
    for result, exchanges in checks:
        if result.status is not CheckStatus.PASSED:
            raise CourseError(
                course.reference_file(chapter), f"the reference fails the public check {result.check}: {result.message}"
            )
        mistakes = [m for m in oracle.mistakes if m.exercise == result.exercise.name]
        for exchange in exchanges:
            known = fingerprints.setdefault(question(exchange.calls, exchange.device), {})
            for mistake in () if exchange.costly else mistakes:
                answer = oracle.mistake_answer(mistake, exchange.calls, exchange.device)
                known[_name(mistake)] = fingerprint(answer)
                if not fits(fingerprint(exchange.reply), answer, exchange.closeness):
                    visible.add(_name(mistake))
    entries = []
    for asked, reply in oracle.answers.items():
        known = {name: made for name, made in fingerprints.get(asked, {}).items() if name in visible}
        entries.append({"question": asked, "reference": reply.outputs, "mistakes": known})
    mistakes = [mistake for mistake in oracle.mistakes if _name(mistake) in visible]
    write_recording(released.graders_folder(chapter) / RECORDING, PUBLIC_SECRET, mistakes, entries)


def _name(mistake: Overlay) -> str:
    return f"{mistake.exercise}/{mistake.id}"
