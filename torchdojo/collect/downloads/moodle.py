"""Read Moodle's "Download all submissions" of an assignment.

Moodle (mod/assign/classes/downloader.php) gives a folder `<full name>_<participant>_assignsubmission_<kind>` per
student and kind of submission, with `file` and `onlinetext` the usual kinds, and older versions end its name with `_`.
Without "Download submissions in folders" the file's name follows: `…_assignsubmission_<kind>_<file>`. With blind
marking the name is the word for "Participant". A team's folder has the group's name and number, and that of students
without a group has no number. Some versions put the username before the full name. Underscores in names become
spaces. Moodle downloads only the last attempt; attempts that were put apart, as `attempt<n>` in the folder's name or as
a folder in it, are told apart here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import tzinfo

from torchdojo.collect.downloads.common import Named, read_by_name
from torchdojo.collect.platforms import Download, HandIn, OwnedPath, Student
from torchdojo.collect.submitted_paths import SubmittedPath

NAME = re.compile(
    r"(?P<name>(?:(?!_[0-9]+_[0-9]+_).)+?)(?:_(?P<id>[0-9]+))?(?:_attempt_?(?P<before>[0-9]+))?_assignsubmission_(?P<kind>[a-z0-9]+?)"
    r"(?:_attempt_?(?P<after>[0-9]+))?(?:_(?P<file>.*))?",
    re.DOTALL,
)
ATTEMPT_FOLDER = re.compile(r"attempt[ _-]?([0-9]+)", re.IGNORECASE)
# mod/assign/lang: "participant", as it is left of "Teilnehmer/in" in the name of a file.
BLIND = re.compile(
    r"deelnemer|deltagare|deltager|deltaker|osallistuja|partecipante|participant|participante|résztvevő|"
    r"teilnehmer|teilnehmerin|teilnehmerinnen|uczestnik|účastník|участник|учасник|المشارك|משתתף|参加者|参与者|參與者|"
    r"참가자|참여자|katılımcı|sudionik|udeleženec",
    re.IGNORECASE,
)


def read(paths: Sequence[SubmittedPath], zone: tzinfo, wrapper: str = "") -> Download | None:
    """Return what a download of Moodle holds, None if no name is in its form."""
    download = read_by_name("Moodle", paths, _parse)
    return download and replace(download, owned=[_in_attempt(one) for one in download.owned])


def _parse(name: str) -> Named | None:
    match = NAME.fullmatch(name)
    if not match:
        return None
    blind = BLIND.fullmatch(match["name"])
    student = Student(match["id"] or match["name"], "" if blind else match["name"])
    number = match["before"] or match["after"]
    return Named(student, match["file"] or "", HandIn(attempt=(int(number),)) if number else HandIn())


def _in_attempt(one: OwnedPath) -> OwnedPath:
    """Return the file relative to the folder of its attempt, if it is in one."""
    match = ATTEMPT_FOLDER.fullmatch(one.path.parts[0])
    if not match or len(one.path.parts) < 2:
        return one
    return replace(one, path=one.path.below(1), hand_in=replace(one.hand_in, attempt=(int(match[1]),)))
