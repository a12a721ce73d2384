"""Record the answers of the reference and the known mistakes that a release's checks compare with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torchdojo.course import Chapter, Course, CourseError, Overlay
from torchdojo.grading.diagnose import is_decisive
from torchdojo.grading.exchange import Exchange
from torchdojo.grading.fingerprint import fingerprint, fits
from torchdojo.grading.grader import PUBLIC_SECRET, Grader, Settings
from torchdojo.grading.oracle import ReferenceOracle, Verdict, question
from torchdojo.grading.recorded import write_recording
from torchdojo.grading.result import CheckResult
from torchdojo.grading.status import CheckStatus
from torchdojo.grading.version import RECORDING
from torchdojo.sandbox.backend import NONE
from torchdojo.worker.protocol import Call, Reply


class _RecordingOracle(ReferenceOracle):
    """Keeps the questions put to the reference, with its answers."""

    secret: bytes | None = PUBLIC_SECRET

    def __init__(self, course: Course, chapter: Chapter, probes_path: Path) -> None:
        super().__init__(course, chapter, probes_path)
        self.answers: dict[str, Reply] = {}

    def reference_answer(self, calls: tuple[Call, ...], device: str) -> Reply:
        reply = self.answers[question(calls, device)] = super().reference_answer(calls, device)
        return reply


Exchanges = list[tuple[tuple[Call, ...], list[dict[str, Any]]]]  # calls with their outputs


def collect_exchanges(course: Course, chapter: Chapter, secret: bytes) -> list[tuple[CheckResult, Exchanges]]:
    """Return all checks of a chapter, each with its questions under a secret and the reference's answers."""
    checks = Grader(course, chapter, Settings(NONE, secret)).dry_run()
    return [(result, [(e.calls, e.reply.outputs) for e in exchanges]) for result, exchanges in checks]


def record_answers(course: Course, released: Course, chapter: Chapter) -> None:
    """Run the checks of a released chapter on the reference, and write the recorded answers beside them.

    course: has the reference and the mistakes; released: has the public checks and probes, in a chapter of that name
    A mistake that the public checks cannot tell from the reference is left out: its text would reveal hidden checks.
    CourseError if the reference does not pass.
    """
    probes = released.probes_file(chapter)
    oracle = _RecordingOracle(course, chapter, probes)
    released_chapter = released.find(chapter.name)
    assert released_chapter is not None
    grader = Grader(released, released_chapter, Settings(NONE, PUBLIC_SECRET), oracle=oracle)
    checks = grader.dry_run()
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
        known = {name: known_print for name, known_print in fingerprints.get(asked, {}).items() if name in visible}
        entry = {"question": asked, "reference": reply.outputs, "returned": reply.returned, "mistakes": known}
        entries.append(entry)
    mistakes = [mistake for mistake in oracle.mistakes if _name(mistake) in visible]
    verdicts = {_name(mistake): _judge(grader, oracle, mistake, checks) for mistake in mistakes}
    write_recording(released.graders_folder(chapter) / RECORDING, PUBLIC_SECRET, mistakes, verdicts, entries)


def _judge(
    grader: Grader, oracle: ReferenceOracle, mistake: Overlay, checks: list[tuple[CheckResult, list[Exchange]]]
) -> Mapping[str, Verdict]:
    """Return how the public checks judge a mistake; they are run only where its answers alone do not show it."""
    verdicts: dict[str, Verdict] = {}
    for result, exchanges in checks:
        if result.exercise.name != mistake.exercise or any(exchange.costly for exchange in exchanges):
            continue
        if all(oracle.is_right(mistake, exchange) for exchange in exchanges):
            verdicts[result.check] = Verdict(CheckStatus.PASSED, "", "")
        elif is_decisive(oracle, mistake, result, exchanges):
            verdicts[result.check] = Verdict(CheckStatus.FAILED, "", "")
        else:
            return grader.judge_mistake(mistake)
    return verdicts


def _name(mistake: Overlay) -> str:
    return f"{mistake.exercise}/{mistake.id}"
