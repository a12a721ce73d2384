"""Who may use the desk: one-time links, the sessions that they start, and where a request may come from."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import NoReturn
from urllib.parse import urlsplit

LOOPBACK = "127.0.0.1"


@dataclass(eq=False)
class DeskSession:
    """A browser that opened a user's link. csrf: the token in each of its forms; news: what to say on its next page"""

    user: str
    csrf: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    news: list[str] = field(default_factory=list)

    def take_news(self) -> list[str]:
        """Return what there is to say, which is then said."""
        said, self.news = self.news, []
        return said


class LinkRefused(Exception):
    """A link that opens nothing. was_used: whether it did once, and the terminal now has another"""

    def __init__(self, *, was_used: bool) -> None:
        super().__init__(was_used)
        self.was_used = was_used


class Access:
    """Gives each user a link that works once, and a new one when somebody opens a used one.

    announce: gets a user and the token of the link, whenever there is a new one

    Tokens and cookies are kept as digests, so that looking one up takes the same time however much of it was guessed.
    """

    def __init__(self, users: Iterable[str], announce: Callable[[str, str], None]) -> None:
        self._announce = announce
        self._lock = threading.Lock()
        self._unused: dict[bytes, str] = {}
        self._used: dict[bytes, str] = {}
        self._sessions: dict[bytes, DeskSession] = {}
        for user in users:
            self._offer(user)

    def _offer(self, user: str) -> None:
        token = secrets.token_urlsafe(32)
        self._unused[_digest(token)] = user
        self._announce(user, token)

    def enter(self, token: str) -> tuple[str, DeskSession]:
        """Use a link: return the cookie of a new session, and the session. LinkRefused if it cannot be used."""
        key = _digest(token)
        with self._lock:
            user = self._unused.pop(key, None)
            if user is None:
                self._refuse(key)
            self._used[key] = user
            cookie, session = secrets.token_urlsafe(32), DeskSession(user)
            self._sessions[_digest(cookie)] = session
        return cookie, session

    def _refuse(self, key: bytes) -> NoReturn:
        user = self._used.get(key)
        if user is not None and user not in self._unused.values():
            self._offer(user)
        raise LinkRefused(was_used=user is not None)

    def find_session(self, cookie: str) -> DeskSession | None:
        """Return the session with this cookie, or None."""
        return self._sessions.get(_digest(cookie))


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


class Addresses:
    """The addresses under which browsers may ask for pages.

    A web page elsewhere can give its own host name this machine's address (DNS rebinding), and can send forms here. The
    first shows in the header Host, the second in Origin.

    host_names: besides the loopback's, each with a port unless it is the scheme's own
    """

    def __init__(self, port: int, host_names: Collection[str] = ()) -> None:
        self._hosts = {f"{LOOPBACK}:{port}", f"localhost:{port}", *(name.lower() for name in host_names)}

    def is_known(self, host: str) -> bool:
        """Whether a request may have this header Host."""
        return host.lower() in self._hosts

    def is_same(self, origin: str, host: str) -> bool:
        """Whether a request comes from a page of the host that it goes to."""
        try:
            parts = urlsplit(origin)
        except ValueError:
            return False
        return parts.scheme in ("http", "https") and self.is_known(host) and parts.netloc.lower() == host.lower()
