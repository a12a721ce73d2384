"""What the desk says instead of a page."""

from __future__ import annotations

from torchdojo.errors import UserError


class PageError(UserError):
    """A request that is answered by a page with this message. status: the HTTP status"""

    def __init__(self, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class NoSuchPage(PageError):
    """What an address names does not exist."""

    def __init__(self, message: str = "There is no such page.") -> None:
        super().__init__(message, status=404)
