"""Write feedback per student and report.html from the store, each file atomically."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from torchdojo.batch.store import Store, StoredRun
from torchdojo.collect.submissions import FileNote
from torchdojo.course import Course
from torchdojo.course.stub import load_stub
from torchdojo.files import write_atomically
from torchdojo.report.class_report import PublishedGrades, build_class_report, people_names
from torchdojo.report.class_stats import ClassStats
from torchdojo.report.feedback import Feedback, build_feedback, missing_feedback
from torchdojo.report.page import report_html
from torchdojo.report.paths import Folders
from torchdojo.report.remarks import remarks_for
from torchdojo.report.render import feedback_html, feedback_markdown, source_html, student_html
from torchdojo.review.decisions import Decisions
from torchdojo.review.grades import StudentGrades, all_grades
from torchdojo.review.publication import (
    Differences,
    Publication,
    PublicationError,
    find_publication,
    publish_grades,
)
from torchdojo.review.record import GradeRecord, RecordMaker

FEEDBACK = "feedback"
REPORT = "report.html"
PAGE_SUFFIXES = (".html", ".md", ".py.html")  # of a chapter


def write_reports(run: StoredRun, *, rewrite_published: bool = False) -> Path:
    """Write feedback and report.html for the last completed run; return the report's path.

    What is shown is what counts after all that people decided. But once grades are published, feedback stays that of
    the published ones. WriteError if OUT cannot be written.

    rewrite_published: write the feedback of published grades again; PublicationError, with the report written, if they
    cannot be read
    """
    decisions = Decisions.read(run.out)
    report, maker = ReportWriter(run, decisions), RecordMaker(run, decisions)
    for one in all_grades(run, decisions):
        report.add(one, maker.records(one))
    path = report.write()
    if rewrite_published:
        report.rewrite_published()
    return path


class ReportWriter:
    """Writes what `write_reports` does, once it has got the grades of all students.

    published: what is published, None if nothing is; how grades differ from it is known once all is written
    """

    def __init__(self, run: StoredRun, decisions: Decisions) -> None:
        self.published: PublishedGrades | None = None
        self._run = run
        self._decisions = decisions
        self._collected = run.collected()
        unclear = frozenset((note.student, note.chapter) for note in self._collected.unclear)
        self._stats = ClassStats(unclear=unclear)
        self._publication: Publication | None = None
        self._differences: Differences | None = None
        try:
            self._publication = find_publication(run.out)
            if self._publication is not None:
                self._differences = Differences(self._publication)
        except PublicationError as error:
            self.published = PublishedGrades(str(error))
        is_published = self._publication is not None or self.published is not None
        self._feedback = None if is_published else FeedbackWriter(run, decisions, run.out / FEEDBACK)

    def add(self, one: StudentGrades, records: Iterable[GradeRecord]) -> None:
        """Add a student, and write the feedback. records: of these grades"""
        self._stats.add_student(self._run.course, one)
        if self._feedback:
            self._feedback.add(one)
        if self._differences:
            for record in records:
                self._differences.add(record)

    def write(self) -> Path:
        """Write the report, delete outdated pages of feedback, and return the report's path."""
        run, path = self._run, self._run.out / REPORT
        if self._feedback:
            self._feedback.delete_outdated()
        if self._publication and self._differences:
            differences = self._differences.close()
            words = self._publication.line(differences.grades)
            self.published = PublishedGrades(words, differences.totals)
        report = build_class_report(
            run.course,
            self._stats,
            run.students(),
            self._collected,
            run.adjustments() or {},
            run.sources,
            partial(load_stub, run.course),
            self._decisions,
        )
        write_atomically(path, report_html(replace(report, published=self.published)), durable=False)
        return path

    def rewrite_published(self) -> None:
        """Write feedback of the published grades, if any are. PublicationError if they cannot be read."""
        if self.published:
            write_published_feedback(self._run)


def publish(store: Store, by: str, expected: str = "") -> Publication:
    """Publish the grades as `publish_grades` does, and write feedback and the report."""
    publication = publish_grades(store, by, expected)
    write_reports(store, rewrite_published=True)
    return publication


def write_published_feedback(run: StoredRun) -> None:
    """Write feedback of the published grades. PublicationError if they cannot be read."""
    publication = find_publication(run.out)
    if publication is not None:
        with publication.open(run.course) as published:
            write_feedback(published, Decisions.read(published.out), run.out / FEEDBACK)


def write_feedback(run: StoredRun, decisions: Decisions, root: Path) -> None:
    """Write the feedback of all students as `FeedbackWriter` does. Only one student's results are in memory at once."""
    feedback = FeedbackWriter(run, decisions, root)
    for one in all_grades(run, decisions):
        feedback.add(one)
    feedback.delete_outdated()


class FeedbackWriter:
    """Writes <student>/<chapter>.html, .md and .py.html, and an index per student below `root`.

    The last one is the file that was graded, where it could be read.
    """

    def __init__(self, run: StoredRun, decisions: Decisions, root: Path) -> None:
        collected = run.collected()
        self._run = run
        self._decisions = decisions
        self._root = root
        self._folders = Folders(run.students())
        self._names = people_names(collected)
        self._ignored: dict[str, list[FileNote]] = defaultdict(list)
        for note in collected.ignored:
            self._ignored[note.student].append(note)
        self._written: dict[str, tuple[str, ...]] = {}

    def add(self, one: StudentGrades) -> None:
        """Write the pages of a student."""
        course, student, name = self._run.course, one.student, self._names.get(one.student, "")
        sources = {stored.result.chapter: self._run.source(*stored.key) for stored in one.results}
        chapters = [
            replace(feedback, has_source=bool(sources.get(feedback.chapter)))
            for feedback in _chapters(course, one, self._decisions, name)
        ]
        pages = {"index.html": student_html(course, student, chapters, name, self._ignored.get(student, ()))}
        for feedback in chapters:
            pages[f"{feedback.chapter}.html"] = feedback_html(feedback)
            pages[f"{feedback.chapter}.md"] = feedback_markdown(feedback)
            if source := sources.get(feedback.chapter):
                pages[f"{feedback.chapter}.py.html"] = source_html(feedback.chapter, student, source, name)
        folder = self._root / self._folders.name(student)
        for page, text in pages.items():
            write_atomically(folder / page, text, create_folder=True, durable=False)
        self._written[folder.name] = tuple(pages)

    def delete_outdated(self) -> None:
        """Delete the pages of earlier runs that were not written."""
        _delete_outdated(self._root, self._written, self._run.course)


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
