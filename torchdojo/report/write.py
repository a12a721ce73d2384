"""Write feedback per student and report.html from the store, each file atomically."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from torchdojo.batch.store import Store, StoredRun
from torchdojo.collect.submissions import FileNote
from torchdojo.course import Course
from torchdojo.course.stub import load_stub
from torchdojo.files import write_atomically
from torchdojo.report.class_report import PublishedGrades, build_class_report, people_names
from torchdojo.report.feedback import Feedback, build_feedback, missing_feedback
from torchdojo.report.page import report_html
from torchdojo.report.paths import Folders
from torchdojo.report.remarks import remarks_for
from torchdojo.report.render import feedback_html, feedback_markdown, source_html, student_html
from torchdojo.review.decisions import Decisions
from torchdojo.review.grades import StudentGrades, all_grades
from torchdojo.review.publication import (
    Publication,
    PublicationError,
    find_differences,
    find_publication,
    publish_grades,
)

FEEDBACK = "feedback"
REPORT = "report.html"
PAGE_SUFFIXES = (".html", ".md", ".py.html")  # of a chapter


def write_reports(course: Course, run: StoredRun, *, rewrite_published: bool = False) -> Path:
    """Write feedback and report.html for the last completed run; return the report's path.

    What is shown is what counts after all that people decided. But once grades are published, feedback stays that of
    the published ones. WriteError if OUT cannot be written.

    rewrite_published: write the feedback of published grades again; PublicationError, with the report written, if they
    cannot be read
    """
    decisions = Decisions.read(run.out)
    published = _published(run)
    if published is None:
        write_feedback(run, decisions, run.out / FEEDBACK)
    path = run.out / REPORT
    report = build_class_report(
        course,
        all_grades(run, decisions),
        run.students(),
        run.collected(),
        run.adjustments() or {},
        run.sources,
        partial(load_stub, course),
        decisions,
    )
    write_atomically(path, report_html(replace(report, published=published)), durable=False)
    if published and rewrite_published:
        write_published_feedback(run)
    return path


def _published(run: StoredRun) -> PublishedGrades | None:
    """Return what is published, and how grades differ now; None if nothing is."""
    try:
        publication = find_publication(run.out)
        if publication is None:
            return None
        differences = find_differences(run, publication)
    except PublicationError as error:
        return PublishedGrades(str(error))
    return PublishedGrades(publication.line(differences.grades), differences.totals)


def publish(store: Store, by: str, expected: str = "") -> Publication:
    """Publish the grades as `publish_grades` does, and write feedback and the report."""
    publication = publish_grades(store, by, expected)
    write_reports(store.course, store, rewrite_published=True)
    return publication


def write_published_feedback(run: StoredRun) -> None:
    """Write feedback of the published grades. PublicationError if they cannot be read."""
    publication = find_publication(run.out)
    if publication is not None:
        with publication.open(run.course) as published:
            write_feedback(published, Decisions.read(published.out), run.out / FEEDBACK)


def write_feedback(run: StoredRun, decisions: Decisions, root: Path) -> None:
    """Write <student>/<chapter>.html, .md and .py.html, and an index per student below `root`; delete outdated pages.

    The last one is the file that was graded, where it could be read. Only one student's results are in memory at once.
    """
    course, collected = run.course, run.collected()
    folders = Folders(run.students())
    names = people_names(collected)
    ignored: dict[str, list[FileNote]] = defaultdict(list)
    for note in collected.ignored:
        ignored[note.student].append(note)
    written: dict[str, tuple[str, ...]] = {}
    for one in all_grades(run, decisions):
        student, name = one.student, names.get(one.student, "")
        sources = {stored.result.chapter: run.source(*stored.key) for stored in one.results}
        chapters = [
            replace(feedback, has_source=bool(sources.get(feedback.chapter)))
            for feedback in _chapters(course, one, decisions, name)
        ]
        pages = {"index.html": student_html(course, student, chapters, name, ignored.get(student, ()))}
        for feedback in chapters:
            pages[f"{feedback.chapter}.html"] = feedback_html(feedback)
            pages[f"{feedback.chapter}.md"] = feedback_markdown(feedback)
            if source := sources.get(feedback.chapter):
                pages[f"{feedback.chapter}.py.html"] = source_html(feedback.chapter, student, source, name)
        folder = root / folders.name(student)
        for name, text in pages.items():
            write_atomically(folder / name, text, create_folder=True, durable=False)
        written[folder.name] = tuple(pages)
    _delete_outdated(root, written, course)


def _chapters(course: Course, one: StudentGrades, decisions: Decisions, name: str) -> Iterator[Feedback]:
    """Yield a student's feedback on each chapter that was submitted or given points for. name: the student's"""
    results = {stored.result.chapter: stored for stored in one.results}
    for chapter in course.chapters:
        grade, stored = one.grades.get(chapter.name), results.get(chapter.name)
        if grade is None:
            continue
        remarks = remarks_for(decisions, grade.key, grade.work.submission if grade.work else "")
        if stored is not None:
            yield build_feedback(course, chapter, stored, grade, remarks, name)
        elif not grade.is_missing and not (grade.exempt and grade.override is None):
            yield missing_feedback(course, chapter, grade, remarks, name)


def _delete_outdated(root: Path, written: Mapping[str, Collection[str]], course: Course) -> None:
    """Delete pages of earlier runs that this run did not write, and no other files.

    written: the pages of this run, by folder
    """
    page_names = {"index.html", *(f"{c.name}{suffix}" for c in course.chapters for suffix in PAGE_SUFFIXES)}
    for folder in root.iterdir() if root.is_dir() else []:
        if folder.is_symlink() or not folder.is_dir():
            continue
        for path in folder.iterdir():
            if path.name in page_names and path.name not in written.get(folder.name, ()):
                path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            folder.rmdir()  # fails unless empty
