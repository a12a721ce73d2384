"""Read Canvas's "Download Submissions".

All files are in one folder. Canvas (lib/content_zipper.rb) names them `<name>[_LATE]_<user>_<attachment>_<file>`, with
anonymous grading `[LATE_]anon_<code>_<attachment>_<file>`, and a text or a link `…_<user>_text.html` or `_link.html`;
older versions write `late`. The name is in any script, or empty; it contains no `_<digits>_`, which Canvas removes, so
that the first digits are the user's. A quiz (app/models/quizzes/quiz_submission_zipper.rb) gives
`<name><user>_question_<question>_<attachment>_<file>`, the name without any letter that is not ASCII. A file that is
uploaded again gets `-1`, `-2` before its suffix (Attachment.make_unique_filename).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import tzinfo

from torchdojo.collect.downloads.common import ARCHIVE, Named, read_by_name
from torchdojo.collect.platforms import Download, HandIn, Student
from torchdojo.collect.submitted_paths import SubmittedPath

NAME = re.compile(
    r"(?:(?P<anonlate>LATE_|late_)?anon_(?P<anon>[A-Za-z0-9]{5})|(?P<name>.*?)_(?P<late>LATE_|late_)?(?P<id>[0-9]+))"
    r"_(?:(?P<attachment>[0-9]+)_(?P<file>.+)|(?P<page>(?:text|link)\.html))",
    re.DOTALL,
)
QUIZ_NAME = re.compile(r"(?P<name>.*?)(?P<id>[0-9]+)_question", re.DOTALL)
REPEAT = re.compile(r"-[0-9]+(?=(\.[A-Za-z]+)?$)")


def read(paths: Sequence[SubmittedPath], zone: tzinfo, wrapper: str = "") -> Download | None:
    """Return what a download of Canvas holds, None if no name is in its form."""
    return read_by_name("Canvas", paths, _parse)


def _parse(name: str) -> Named | None:
    match = NAME.fullmatch(name)
    if not match:
        return None
    attempt = (int(match["attachment"]),) if match["attachment"] else ()
    if quiz := QUIZ_NAME.fullmatch(match["name"] or ""):
        student = Student(quiz["id"], quiz["name"].strip("_"))
        return Named(student, _first_name(match["file"] or match["page"]), HandIn(attempt=attempt))
    late = bool(match["late"] or match["anonlate"])
    student = Student(match["id"] or f"anon_{match['anon']}", match["name"] or "")
    return Named(student, _first_name(match["file"] or match["page"]), HandIn(late=late, attempt=attempt))


def _first_name(file: str) -> str:
    """Return a file's name without a repeated upload's number, unless that may tell the chapter: `chapter-1.py`."""
    first = REPEAT.sub("", file)
    return first if re.search(r"[0-9]", first) or ARCHIVE.search(first) else file
