"""Write feedback per student and report.html from the store, each file atomically."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path

from torchdojo.batch.policy import Adjustment
from torchdojo.batch.results import ResultKey, StoredResult
from torchdojo.batch.store import Store
from torchdojo.collect.submissions import FileNote, Submissions
from torchdojo.course import Course
from torchdojo.course.stub import load_stub
from torchdojo.files import write_atomically
from torchdojo.report.class_report import build_class_report, people_names
from torchdojo.report.feedback import Feedback, build_feedback
from torchdojo.report.page import report_html
from torchdojo.report.paths import Folders
from torchdojo.report.render import feedback_html, feedback_markdown, student_html

FEEDBACK = "feedback"
REPORT = "report.html"


def write_reports(course: Course, store: Store) -> Path:
    """Write feedback and report.html for the last completed run in the store; return the report's path.

    Where late days, extensions or extra credit changed a score, the adjusted one is shown, with the reasons.
    WriteError if OUT cannot be written.
    """
    adjustments = store.adjustments() or {}
    collected = store.collected()
    write_feedback(course, store, collected, adjustments)
    path = store.out / REPORT
    stub_text = partial(load_stub, course)
    report = build_class_report(
        course, store.results(), store.students(), collected, adjustments, store.sources, stub_text
    )
    write_atomically(path, report_html(report), durable=False)
    return path


def write_feedback(
    course: Course, store: Store, collected: Submissions, adjustments: Mapping[ResultKey, Adjustment]
) -> None:
    """Write feedback/<student>/<chapter>.html and .md and an index per student, and delete outdated pages.

    Only one student's results are in memory at a time.
    """
    root = store.out / FEEDBACK
    folders = Folders(store.students())
    names = people_names(collected)
    ignored: dict[str, list[FileNote]] = defaultdict(list)
    for note in collected.ignored:
        ignored[note.student].append(note)
    written: dict[str, tuple[str, ...]] = {}
    for student, results in _by_student(store):
        name = names.get(student, "")
        chapters = _chapters(course, results, adjustments, name)
        pages = {"index.html": student_html(course, student, chapters, name, ignored.get(student, ()))}
        for feedback in chapters:
            pages[f"{feedback.chapter}.html"] = feedback_html(feedback)
            pages[f"{feedback.chapter}.md"] = feedback_markdown(feedback)
        folder = root / folders.name(student)
        for name, text in pages.items():
            write_atomically(folder / name, text, create_folder=True, durable=False)
        written[folder.name] = tuple(pages)
    _delete_outdated(root, written, course)


def _by_student(store: Store) -> Iterator[tuple[str, list[StoredResult]]]:
    """Yield the results of each student who has any, then every other student."""
    others = dict.fromkeys(store.students())
    for student, results in groupby(store.results(), key=lambda stored: stored.student):
        del others[student]
        yield student, list(results)
    for student in others:
        yield student, []


def _chapters(
    course: Course, results: Sequence[StoredResult], adjustments: Mapping[ResultKey, Adjustment], name: str
) -> list[Feedback]:
    """Return a student's feedback on each chapter. name: the student's"""
    return [
        build_feedback(course, chapter, stored, adjustments.get(stored.key), name)
        for stored in results
        if (chapter := course.find(stored.result.chapter))
    ]


def _delete_outdated(root: Path, written: Mapping[str, Collection[str]], course: Course) -> None:
    """Delete pages of earlier runs that this run did not write, and no other files.

    written: the pages of this run, by folder
    """
    page_names = {"index.html", *(f"{c.name}{suffix}" for c in course.chapters for suffix in (".html", ".md"))}
    for folder in root.iterdir() if root.is_dir() else []:
        if folder.is_symlink() or not folder.is_dir():
            continue
        for path in folder.iterdir():
            if path.name in page_names and path.name not in written.get(folder.name, ()):
                path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            folder.rmdir()  # fails unless empty
