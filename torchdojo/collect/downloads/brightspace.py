"""Read the download of a Brightspace (D2L) assignment.

Each upload has a folder `<user>-<assignment> - <name> - <time>`, with a time such as `Mar 1, 2026 1159 PM`: without
the colon, which Windows does not allow, or with `_` for it. The language and the order of the time are the
downloading teacher's. Beside the folders is an `index.html`. Some downloads have no folders, and ` - <file>` after the
time. Real names are in cgmb/d2lmf (tests/d2lmf_tests.py), and
the form in its `parse_submission_dirname`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime, tzinfo

from torchdojo.collect.downloads.common import Named, local_time, read_by_name, timed
from torchdojo.collect.platforms import WRITTEN_BY, Download, Student
from torchdojo.collect.submitted_paths import SubmittedPath

# A name may contain " - " too. The time is the last part, or, where a file's name follows, the first with a year.
START, PART = r"(?P<id>[0-9]+)-[0-9]+ ?- ", r"(?:(?!- ).)*"
FOLDER = re.compile(rf"{START}(?P<name>.*\S) ?- (?P<time>(?:(?!- |\.[A-Za-z]).)*)", re.DOTALL)
FILE = re.compile(
    rf"{START}(?P<name>.*?\S) ?- (?P<time>{PART}(?<![0-9])20[0-9]{{2}}(?![0-9]){PART}?)(?: - (?P<file>.+))?", re.DOTALL
)
MONTHS = [names.split() for names in (
    "jan ene", "feb fév fev", "mar mär mrt", "apr avr abr", "may mai mei maj", "jun juin", "jul juil",
    "aug aoû ago", "sep set", "oct okt out", "nov", "dec déc dic dez",
)]  # fmt: skip


PARTICLES = frozenset(
    ["a", "p", "m", "am", "pm", "um", "à", "de", "kl", "om", "h", "uhr", "ás", "às"]
)  # half days, and words between a day and a time


def read(paths: Sequence[SubmittedPath], zone: tzinfo, wrapper: str = "") -> Download | None:
    """Return what a download of Brightspace holds, None if no name is in its form."""

    def parse(name: str) -> Named | None:
        match = FOLDER.fullmatch(name)
        moment = _parse_time(match["time"], zone) if match else None
        if match and moment:
            return Named(Student(match["id"], match["name"]), hand_in=timed(moment))
        match = FILE.fullmatch(name)
        if not match:
            return None
        return Named(Student(match["id"], match["name"]), match["file"] or "", timed(_parse_time(match["time"], zone)))

    return read_by_name("Brightspace", paths, parse, _ignored)


def _ignored(name: str) -> str:
    return f"{WRITTEN_BY}Brightspace: the list of the files" if name == "index.html" else ""


def _parse_time(text: str, zone: tzinfo) -> datetime | None:
    """Return a time in any order and in several languages; None if unsure, as with 3/4/2026."""
    words = re.findall(r"[0-9]+|[^\W\d_]+", unicodedata.normalize("NFC", text).casefold())
    months = tuple(name for names in MONTHS for name in names)
    if not all(word.isdecimal() or word in PARTICLES or word.startswith(months) for word in words):
        return None
    numbers = [word for word in words if word.isdecimal()]
    month = next((i for word in words for i, names in enumerate(MONTHS, 1) if word.startswith(tuple(names))), 0)
    date, time = (numbers[:2], numbers[2:]) if month else (numbers[:3], numbers[3:])
    year = next((number for number in date if len(number) == 4), "")
    others = [int(number) for number in date if number != year]
    if not year or not time or len(others) != len(date) - 1:
        return None
    if month:
        others = [month, *others]
    elif date[0] != year:
        if max(others) <= 12 and others[0] != others[1]:
            return None
        others.sort()
    if len(time) == 1:  # 1159, or 926 for 9:26
        time = [time[0][:-2], time[0][-2:]]
    hour, minute, *seconds = (int(number or "0") for number in time)
    half = next((word[0] for word in words[words.index(year) :] if word in {"a", "p", "am", "pm"}), "")
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    return local_time(zone, int(year), *others, hour, minute, *seconds[:1])
