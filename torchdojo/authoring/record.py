"""Write down what a release's checks need of the reference and of the known mistakes."""

from __future__ import annotations

from typing import Any

from torchdojo.course import Chapter, Course, CourseError, Overlay
from torchdojo.grading import PUBLIC_SECRET, CheckResult, Grader, Settings
from torchdojo.grading.fingerprint import fingerprint, fits
from torchdojo.grading.oracle import Oracle, question
from torchdojo.grading.recorded import FILE_NAME, write_recording
from torchdojo.sandbox import NONE
from torchdojo.worker.protocol import Call, Reply


class _Noting(Oracle):
    """An oracle that notes what the reference is asked, and what it gives."""

    secret = PUBLIC_SECRET

    def _load(self, course: Course) -> None:
        super()._load(course)
        self.noted: dict[str, Reply] = {}

    def ask(self, source: bytes, calls: tuple[Call, ...], device: str) -> Reply:
        reply = super().ask(source, calls, device)
        if source == self.reference:
            self.noted[question(calls, device)] = reply
        return reply


Asked = list[tuple[tuple[Call, ...], list[dict[str, Any]]]]


def rehearsed(course: Course, chapter: Chapter, secret: bytes) -> list[tuple[CheckResult, Asked]]:
    """Return all checks of a chapter, each with what it asks under a secret and what the reference gives."""
    checks = Grader(course, chapter, Settings(NONE, secret)).rehearse()
    return [(result, [(e.calls, e.reply.outputs) for e in evidence]) for result, evidence in checks]


def record(course: Course, released: Course, chapter: Chapter) -> None:
    """Run a released chapter's checks on the reference, and write their recorded answers beside them.

    A known mistake that answers all of them as the reference does is left out: its text would tell of hidden checks.
    course: with the reference and the mistakes; released: with the public checks and probes, a chapter of the same name
    CourseError if the reference does not pass.
    """
    probes = released.graders_folder(chapter) / "probes.py"
    oracle = _Noting(course, chapter, probes)
    there = released.find(chapter.name)
    assert there is not None
    checks = Grader(released, there, Settings(NONE, PUBLIC_SECRET), oracle=oracle).rehearse()
    fingerprints: dict[str, dict[str, Any]] = {}
    visible: set[str] = set()
    for result, evidence in checks:
        if result.status != "passed":
            raise CourseError(
                course.reference_file(chapter), f"the reference fails the public check {result.check}: {result.message}"
            )
        mistakes = [m for m in oracle.mistakes if f"{chapter.name}/{m.exercise}" == result.exercise]
        for item in evidence:
            known = fingerprints.setdefault(question(item.calls, item.device), {})
            for mistake in () if item.costly else mistakes:
                answer = oracle.ask(mistake.source, item.calls, item.device)
                known[_name(mistake)] = fingerprint(answer)
                if not fits(fingerprint(item.reply), answer, item.closeness):
                    visible.add(_name(mistake))
    entries = []
    for asked, reply in oracle.noted.items():
        known = {name: made for name, made in fingerprints.get(asked, {}).items() if name in visible}
        entries.append({"question": asked, "reference": reply.outputs, "mistakes": known})
    mistakes = [mistake for mistake in oracle.mistakes if _name(mistake) in visible]
    write_recording(released.graders_folder(chapter) / FILE_NAME, PUBLIC_SECRET, mistakes, entries)


def _name(mistake: Overlay) -> str:
    return f"{mistake.exercise}/{mistake.id}"
