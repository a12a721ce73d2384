"""How Moodle, Canvas and Gradescope name what their "download all submissions" holds, and whose each file is.

Moodle (mod/assign/classes/downloader.php): `<full name>_<participant>_assignsubmission_<kind>` and then, as a folder,
`/…/<file>` (older versions end the folder's name with `_`), or, without folders, `_<file>`. Canvas
(lib/content_zipper.rb): `<sortable name>[_LATE]_<user>_<attachment>_<file>`, all in one folder; with anonymous grading
`[LATE_]anon_<code>_<attachment>_<file>`; an uploaded file that was there before gets `-1`, `-2`. Gradescope:
`submission_<number>/…` and submission_metadata.yml, which says who handed in what, and when.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

METADATA = "submission_metadata.yml"
MOODLE = re.compile(r"(?P<name>.+)_(?P<id>\d+)_assignsubmission_(?P<kind>[a-z]+)(_(?P<file>.*))?", re.DOTALL)
CANVAS = re.compile(
    r"(?:(?P<name>\w+?)_(?P<late>LATE_)?(?P<id>\d+)|(?P<anonlate>LATE_)?anon_(?P<anon>[A-Za-z0-9]+))"
    r"_(?:(?P<attachment>\d+)_(?P<file>.+)|(?P<page>(?:text|link)\.html))",
    re.DOTALL,
)
CANVAS_AGAIN = re.compile(r"-(\d+)(?=\.[A-Za-z]+$)")


@dataclass(frozen=True)
class Owner:
    """Whose a file is, as the platform's names tell.

    student: the platform's id; name, email: "" if not told; late: whether it is marked as late, None if not told;
    submitted: when, if told
    """

    student: str
    name: str = ""
    email: str = ""
    late: bool | None = None
    submitted: datetime | None = None


@dataclass(frozen=True)
class Named:
    """A file's owner, its own name, and its place among several of that name: the highest is the newest."""

    owner: Owner
    file: str
    order: tuple[int, int] = (0, 0)


def moodle_folder(name: str) -> Owner | None:
    """Return the owner of a folder of Moodle's, or None if its name is not of that kind."""
    match = MOODLE.fullmatch(name)
    return _moodle_owner(match) if match and not match["file"] else None


def moodle_file(name: str) -> Named | None:
    """Return what the name of a file of Moodle's download without folders says, or None."""
    match = MOODLE.fullmatch(name)
    return Named(_moodle_owner(match), match["file"]) if match and match["file"] else None


def _moodle_owner(match: re.Match[str]) -> Owner:
    return Owner(match["id"], match["name"])


def canvas_file(name: str) -> Named | None:
    """Return what the name of a file of Canvas's download says, or None."""
    match = CANVAS.fullmatch(name)
    if not match:
        return None
    late = bool(match["late"] or match["anonlate"])
    owner = Owner(match["id"] or f"anon_{match['anon']}", match["name"] or "", late=late)
    again = CANVAS_AGAIN.search(match["file"] or "")
    original = CANVAS_AGAIN.sub("", match["file"] or match["page"])
    return Named(owner, original, (int(again[1]) if again else 0, int(match["attachment"] or 0)))
