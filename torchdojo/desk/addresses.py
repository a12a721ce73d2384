"""The addresses of the desk's pages.

A part of a path may hold any text, such as a student's id with a slash. So it is percent-encoded twice: servers and
browsers decode an address once before they split it, or look for `..` in it.
"""

from __future__ import annotations

from urllib.parse import quote, unquote

QUEUE = "/"


def path_part(text: str) -> str:
    """Return a text as one part of a path."""
    once = quote(text, safe=" @")
    return quote(once.replace(".", "%2E") if once in (".", "..") else once, safe="@")


def text_of(part: str) -> str:
    """Undo `path_part`, after a server has decoded the address once."""
    return unquote(part)


def submission_address(student: str, chapter: str, query: str = "") -> str:
    """Return the address of a submission's page. query: the queue it is looked at in, as a query string"""
    return _with_query(f"/submission/{path_part(student)}/{path_part(chapter)}", query)


def action_address(student: str, chapter: str, action: str, query: str = "") -> str:
    """Return where a form on a submission's page is sent. query: of the page to return to"""
    return _with_query(f"/submission/{path_part(student)}/{path_part(chapter)}/{action}", query)


def check_address(chapter: str, exercise: str, check: str) -> str:
    """Return the address of the page on all answers to a check."""
    return f"/check/{path_part(chapter)}/{path_part(exercise)}/{path_part(check)}"


def queue_address(query: str = "") -> str:
    """Return the address of the queue. query: filters and order"""
    return _with_query(QUEUE, query)


def _with_query(path: str, query: str) -> str:
    return f"{path}?{query}" if query else path
