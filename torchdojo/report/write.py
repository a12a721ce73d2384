"""Write OUT's pages from the store: feedback per student, and report.html. Each file is there whole or as it was."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from torchdojo.batch import OutError, Store
from torchdojo.batch.policy import Adjustment
from torchdojo.course import Course
from torchdojo.report.feedback import Feedback, feedback_of
from torchdojo.report.klass import Place, class_of
from torchdojo.report.page import report_html
from torchdojo.report.places import folder_name
from torchdojo.report.render import feedback_html, feedback_markdown, student_html

FEEDBACK = "feedback"
REPORT = "report.html"


def write_reports(course: Course, store: Store) -> Path:
    """Write feedback and report.html from what the store holds of its last run; return the report's path.

    Where late days, extensions or extra credit changed a score, the one that counts is shown, with the reasons.
    OutError, in words, if OUT cannot be written.
    """
    changes = store.adjustments() or {}
    write_feedback(course, store, changes)
    kept = store.kept()
    path = store.out / REPORT
    _write(path, report_html(class_of(course, kept, store.students(), changes)))
    return path


def write_feedback(course: Course, store: Store, adjusted: Mapping[Place, Adjustment]) -> None:
    """Write feedback/<student>/<chapter>.html and .md, and an index for each student; take away what is out of date."""
    by_student: dict[str, list[Feedback]] = defaultdict(list)
    for one in store.kept():
        chapter = course.find(one.chapter)
        if chapter is not None:
            change = adjusted.get((one.student, one.chapter))
            by_student[one.student].append(feedback_of(course, chapter, one, change))
    root = store.out / FEEDBACK
    written: set[Path] = set()
    for student in store.students():
        folder = root / folder_name(student)
        pages = {"index.html": student_html(course.title, student, by_student[student])}
        for feedback in by_student[student]:
            pages[f"{feedback.chapter}.html"] = feedback_html(feedback)
            pages[f"{feedback.chapter}.md"] = feedback_markdown(feedback)
        for name, text in pages.items():
            _write(folder / name, text)
            written.add(folder / name)
    _clear(root, written, course)


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


def _clear(root: Path, written: set[Path], course: Course) -> None:
    """Delete the pages of earlier runs that nothing stands behind any more, and no file that is not such a page."""
    ours = {"index.html", *(f"{c.name}{suffix}" for c in course.chapter for suffix in (".html", ".md"))}
    for folder in root.iterdir() if root.is_dir() else []:
        if folder.is_symlink() or not folder.is_dir():
            continue
        for path in folder.iterdir():
            if path.name in ours and path not in written:
                path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            folder.rmdir()  # only an empty one
