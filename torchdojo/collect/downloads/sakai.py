"""Read Sakai's "Download All" of an assignment.

Sakai (assignment/impl/src/java/org/sakaiproject/assignment/impl/AssignmentServiceImpl.java, `zipSubmissions`) gives a
folder `<last name>, <first name>(<id>)` per student in a folder with the assignment's title. With anonymous grading it
is `<number of the submission> <word for anonymous>`, with groups `<group> (<number>)`, which holds a `members.txt`.
In it are `Submission attachment(s)/`, in the language of the site, `timestamp.txt` (an instant in UTC, formerly
`yyyyMMddHHmmssSSS`), `<folder>_submissionText.html`, and what the teacher wrote. "Without user folders" joins the
folders' names and the file's with `_`. Beside the students is `grades.csv` or `grades.xls`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo

from torchdojo.collect.downloads.common import MAX_NAME, finish, read_note, timed
from torchdojo.collect.platforms import WRITTEN_BY, Download, HandIn, OwnedPath, Student
from torchdojo.collect.submitted_paths import SubmittedPath

NUMBER = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
PERSON = r"(?P<name>.*,.*)\((?P<id>[^()]+)\)"
FOLDER = re.compile(rf"(?P<group>.+) \((?P<number>{NUMBER})\)|(?P<submission>{NUMBER}) .+|{PERSON}", re.DOTALL)
FLAT = re.compile(
    rf"(?:(?P<name>.*?,.*?)\((?P<id>[^()]+)\)|(?P<submission>{NUMBER}) [^_]+)"
    r"_(?P<file>.*_.+|comments\.txt|feedbackText\.html)",
    re.DOTALL,
)
MEMBER = re.compile(rf"\s*{PERSON}\s*", re.DOTALL)
ATTACHMENTS = ("Submission attachment(s)", "提出物の添付ファイル")
TEACHERS = ("Feedback Attachment(s)", "comments.txt", "feedbackText.html")
BY_SAKAI = ("timestamp.txt", "members.txt")


def read(paths: Sequence[SubmittedPath], zone: tzinfo, wrapper: str = "") -> Download | None:
    """Return what a download of Sakai holds, None if no name is in its form."""
    notes: dict[tuple[str, ...], SubmittedPath] = {
        path.parts: path for path in paths if len(path.parts) == 2 and path.name in BY_SAKAI
    }
    folders: dict[str, tuple[list[Student], HandIn]] = {}
    owned: list[OwnedPath] = []
    rest: list[tuple[SubmittedPath, str]] = []
    for path in paths:
        top = path.parts[0]
        if len(path.parts) == 1:
            _add_flat(path, folders, owned, rest)
            continue
        if top not in folders:
            folders[top] = _parse_folder(top, notes)
        group, hand_in = folders[top]
        inner = path.below(1)
        if not group or (reason := _ignored(inner.parts)):
            rest.append((path, reason if group else ""))
            continue
        if inner.parts[0] in ATTACHMENTS and len(inner.parts) > 1:
            inner = inner.below(1)
        if inner.name:
            owned += [OwnedPath(inner, student, hand_in) for student in group]
    return finish("Sakai", owned, rest, [student for group, _ in folders.values() for student in group])


def _add_flat(
    path: SubmittedPath,
    folders: dict[str, tuple[list[Student], HandIn]],
    owned: list[OwnedPath],
    rest: list[tuple[SubmittedPath, str]],
) -> None:
    """Add a file of a download without folders, or one beside the students' folders."""
    match = FLAT.fullmatch(path.name[:MAX_NAME])
    if not match:
        by_sakai = re.fullmatch(r"grades\.(csv|xlsx?)", path.name)
        rest.append((path, f"{WRITTEN_BY}Sakai: the table of grades" if by_sakai else ""))
        return
    student = Student(match["id"] or match["submission"], (match["name"] or "").strip(" ,"))
    folders.setdefault(path.name, ([student], HandIn()))
    file = match["file"].lstrip("_")
    parts = next(
        ((name, file[len(name) + 1 :]) for name in (*ATTACHMENTS, *TEACHERS) if file.startswith(f"{name}_")), ()
    )
    if reason := _ignored(parts or (file,)):
        rest.append((path, reason))
    else:
        owned.append(OwnedPath(replace(path, parts=(parts[-1] if parts else file,)), student))


def _parse_folder(name: str, notes: dict[tuple[str, ...], SubmittedPath]) -> tuple[list[Student], HandIn]:
    """Return the students whose folder it is, none if it is not in Sakai's form, and the time of their submission."""
    match = FOLDER.fullmatch(name[:MAX_NAME])
    if not match:
        return [], HandIn()
    if match["submission"] or match["number"]:
        students = [Student(match["submission"] or match["number"], match["group"] or "")]
    else:
        students = [Student(match["id"], match["name"].strip(" ,"))]
    members = notes.get((name, "members.txt"))
    if members and match["number"]:
        found = [MEMBER.fullmatch(member) for member in read_note(members).split(";")]
        students = [Student(one["id"], one["name"].strip(" ,")) for one in found if one] or students
    timestamp = notes.get((name, "timestamp.txt"))
    return students, timed(_parse_time(read_note(timestamp))) if timestamp else HandIn()


def _ignored(parts: tuple[str, ...]) -> str:
    """Return why a file in a student's folder is not the student's, "" if it is."""
    if parts[0] in TEACHERS:
        return f"{WRITTEN_BY}Sakai or the teacher: feedback"
    return f"{WRITTEN_BY}Sakai" if len(parts) == 1 and parts[0] in BY_SAKAI else ""


def _parse_time(text: str) -> datetime | None:
    text = text.strip()
    try:
        if re.fullmatch(r"[0-9]{14,17}", text):
            return datetime.strptime(text[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
