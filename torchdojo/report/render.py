"""Templates to text. Whatever a template is given is escaped, unless it is known to be HTML already."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from torchdojo.report.feedback import Feedback
from torchdojo.report.places import href_of
from torchdojo.report.words import fenced, plain_markdown, prose

PAGES = Path(__file__).parent / "pages"


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the templates, with escaping on for HTML."""
    made = Environment(
        loader=FileSystemLoader(PAGES),
        autoescape=lambda name: name is not None and name.endswith(".html.j2"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(points=points, prose=prose, md=plain_markdown, fenced=fenced, block=_block, href=href_of)
    return made


def points(value: float) -> str:
    """Return points as a person writes them: at most two decimals, none that are 0."""
    return f"{round(value, 2):g}"


def _block(rows: list[tuple[str, str]]) -> str:
    lines = [f"{label:<9}" + words.replace("\n", "\n" + " " * 9) for label, words in rows]
    return fenced("\n".join(lines))


@lru_cache
def text_of(name: str) -> Markup:
    """Return one of our own style sheets or scripts, to be set into a page as it is."""
    return Markup((PAGES / name).read_text(encoding="utf-8"))


def render(name: str, **values: Any) -> str:
    """Return a page."""
    return environment().get_template(name).render(**values)


def feedback_html(feedback: Feedback) -> str:
    """Return a student's page of one chapter."""
    return render("feedback.html.j2", f=feedback, css=text_of("base.css") + text_of("feedback.css"))


def feedback_markdown(feedback: Feedback) -> str:
    """Return the same as Markdown, with no more than one empty line in a row."""
    lines: list[str] = []
    for line in render("feedback.md.j2", f=feedback).splitlines():
        if line.strip() or (lines and lines[-1]):
            lines.append(line.rstrip())
    return "\n".join(lines).rstrip() + "\n"


def student_html(course: str, student: str, chapters: list[Feedback]) -> str:
    """Return the page that leads to a student's chapters."""
    css = text_of("base.css") + text_of("feedback.css")
    return render("student.html.j2", course=course, student=student, chapters=chapters, css=css)
