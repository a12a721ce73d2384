"""Render the desk's pages. Every value is escaped, unless it is already marked as HTML."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment

from torchdojo.desk.addresses import check_address, queue_address, submission_address
from torchdojo.report.markdown import render_markdown
from torchdojo.report.render import make_environment

PAGES = Path(__file__).parent / "pages"


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the template environment: the report's filters, and functions that return addresses."""
    templates = make_environment(PAGES)
    templates.filters["markdown"] = render_markdown
    templates.globals.update(
        check_address=check_address, queue_address=queue_address, submission_address=submission_address
    )
    return templates


def render(template: str, **values: Any) -> str:
    """Return a template with values filled in."""
    return environment().get_template(template).render(**values)
