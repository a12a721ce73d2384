"""Render the templates. Every value is escaped, unless it is already marked as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from torchdojo.collect.submissions import FileNote
from torchdojo.collect.submitted_paths import printable
from torchdojo.course import Course
from torchdojo.report.feedback import Feedback
from torchdojo.report.highlight import decode, highlight
from torchdojo.report.lms.gradebook import format_points
from torchdojo.report.markdown import render_markdown
from torchdojo.report.sanitize import escape_markdown, fence, render_prose

PAGES = Path(__file__).parent / "pages"
MAX_SOURCE_LINES = 5_000


def make_environment(folder: Path) -> Environment:
    """Return the environment of the templates in a folder. Those that end in .html.j2 escape every value."""
    templates = Environment(
        loader=FileSystemLoader(folder),
        autoescape=lambda name: name is not None and name.endswith(".html.j2"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters.update(
        points=format_points,
        printable=printable,
        prose=lambda text: Markup(render_prose(text)),
        md=escape_markdown,
        comment=render_markdown,
        quote=_quote,
        fenced=fence,
        block=_block,
    )
    return templates


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the environment of the report's templates."""
    return make_environment(PAGES)


def _block(rows: list[tuple[str, str]]) -> str:
    lines = [f"{label:<9}" + text.replace("\n", "\n" + " " * 9) for label, text in rows]
    return fence("\n".join(lines))


def _quote(text: str) -> str:
    """Return Markdown as a quotation, which none of its lines can end."""
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


@lru_cache
def read_asset(name: str) -> Markup:
    """Return one of our own style sheets or scripts, to insert unescaped."""
    return Markup((PAGES / name).read_text(encoding="utf-8"))


def render(template: str, **values: Any) -> str:
    """Return a template with values filled in."""
    return environment().get_template(template).render(**values)


def feedback_html(feedback: Feedback) -> str:
    """Return a student's page for one chapter."""
    return render("feedback.html.j2", feedback=feedback, css=read_asset("base.css") + read_asset("feedback.css"))


def source_html(chapter: str, student: str, source: bytes, name: str = "") -> str:
    """Return the page of the text that was graded, with line 12 at #L12. name: "" if only the id is known"""
    lines = highlight(decode(source))
    css = read_asset("base.css") + read_asset("source.css")
    shown, left_out = lines[:MAX_SOURCE_LINES], max(0, len(lines) - MAX_SOURCE_LINES)
    return render(
        "source.html.j2", chapter=chapter, student=student, name=name, lines=shown, left_out=left_out, css=css
    )


def feedback_markdown(feedback: Feedback) -> str:
    """Return the same page as Markdown, without repeated empty lines."""
    lines: list[str] = []
    for line in render("feedback.md.j2", feedback=feedback).splitlines():
        if line.strip() or (lines and lines[-1]):
            lines.append(line.rstrip())
    return "\n".join(lines).rstrip() + "\n"


def student_html(
    course: Course, student: str, chapters: list[Feedback], name: str = "", ignored: Sequence[FileNote] = ()
) -> str:
    """Return the page that links to a student's chapters.

    name: "" if only the id is known; ignored: the student's files that were not graded
    """
    css = read_asset("base.css") + read_asset("feedback.css")
    return render(
        "student.html.j2", course=course, student=student, name=name, chapters=chapters, ignored=ignored, css=css
    )
