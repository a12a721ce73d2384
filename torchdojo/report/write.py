"""Write OUT's pages from the store: feedback per student, and report.html. Each file is there whole or as it was."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

from torchdojo.batch import Kept, OutError, Store
from torchdojo.batch.policy import Adjustment
from torchdojo.course import Course
from torchdojo.report.feedback import feedback_of
from torchdojo.report.klass import class_of
from torchdojo.report.page import report_html
from torchdojo.report.places import folder_name
from torchdojo.report.render import feedback_html, feedback_markdown, student_html
from torchdojo.report.tally import Place

FEEDBACK = "feedback"
REPORT = "report.html"


def write_reports(course: Course, store: Store) -> Path:
    """Write feedback and report.html from what the store holds of its last run; return the report's path.

    Where late days, extensions or extra credit changed a score, the one that counts is shown, with the reasons.
    OutError, in words, if OUT cannot be written.
    """
    changes = store.adjustments() or {}
    write_feedback(course, store, changes)
    path = store.out / REPORT
    _write(path, report_html(class_of(course, store.kept(), store.students(), changes, store.sources)))
    return path


def write_feedback(course: Course, store: Store, adjusted: Mapping[Place, Adjustment]) -> None:
    """Write feedback/<student>/<chapter>.html and .md, and an index for each student; take away what is out of date.

    Each student's pages are written as they are read.
    """
    root = store.out / FEEDBACK
    written: dict[str, tuple[str, ...]] = {}
    for student, results in _by_student(store):
        pages = _pages(course, student, results, adjusted)
        folder = root / folder_name(student)
        for name, text in pages.items():
            _write(folder / name, text)
        written[folder.name] = tuple(pages)
    _clear(root, written, course)


def _by_student(store: Store) -> Iterator[tuple[str, list[Kept]]]:
    """Yield the results of each student who has any, then every other student."""
    others = dict.fromkeys(store.students())
    for student, results in groupby(store.kept(), key=lambda one: one.student):
        del others[student]
        yield student, list(results)
    for student in others:
        yield student, []


def _pages(
    course: Course, student: str, results: Sequence[Kept], adjusted: Mapping[Place, Adjustment]
) -> dict[str, str]:
    """Return a student's pages by their files' names."""
    chapters = [
        feedback_of(course, chapter, one, adjusted.get((student, chapter.name)))
        for one in results
        if (chapter := course.find(one.chapter))
    ]
    pages = {"index.html": student_html(course.title, student, chapters)}
    for feedback in chapters:
        pages[f"{feedback.chapter}.html"] = feedback_html(feedback)
        pages[f"{feedback.chapter}.md"] = feedback_markdown(feedback)
    return pages


def _write(path: Path, text: str) -> None:
    """Write a file whole, through a temporary one beside it. Pages can be written again, so the disk is not awaited."""
    temporary = path.with_name(f".{path.name}.new")
    data = text.encode("utf-8", "replace")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(data)
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise OutError(f"{path} cannot be written: {error.strerror}") from None


def _clear(root: Path, written: Mapping[str, Collection[str]], course: Course) -> None:
    """Delete the pages of earlier runs that nothing stands behind any more, and no file that is not such a page.

    written: the pages of this run by folder
    """
    ours = {"index.html", *(f"{c.name}{suffix}" for c in course.chapters for suffix in (".html", ".md"))}
    for folder in root.iterdir() if root.is_dir() else []:
        if folder.is_symlink() or not folder.is_dir():
            continue
        for path in folder.iterdir():
            if path.name in ours and path.name not in written.get(folder.name, ()):
                path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            folder.rmdir()  # only an empty one
