"""Read Gradescope's "Export Submissions".

It holds a folder `submission_<number>` per submission, and `submission_metadata.yml`, which says who submitted each,
and when. A group's submission has several submitters.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import tzinfo

from torchdojo.collect.downloads.common import finish
from torchdojo.collect.platforms import METADATA, UNKNOWN, WRITTEN_BY, Download, HandIn, OwnedPath, Student
from torchdojo.collect.submitted_paths import SubmissionsError, SubmittedPath
from torchdojo.source.files import SourceError

FOLDER = re.compile(r"submission_[0-9]+")
MAX_METADATA_BYTES = 64 * 2**20
Groups = dict[str, tuple[list[Student], HandIn]]


def read(paths: Sequence[SubmittedPath], zone: tzinfo, wrapper: str = "") -> Download | None:
    """Return what an export of Gradescope holds, None if it has no metadata; SubmissionsError if it cannot be read."""
    metadata = next((path for path in paths if path.parts == (METADATA,)), None)
    if metadata is None:
        return None
    from torchdojo.collect.downloads.metadata import MetadataError, read_metadata  # needs PyYAML, which learners lack

    try:
        groups = read_metadata(metadata.read_bytes(MAX_METADATA_BYTES), zone)
    except (SourceError, MetadataError) as error:
        if not any(FOLDER.fullmatch(path.parts[0]) for path in paths):
            return None  # a student's own file of that name
        raise SubmissionsError(f"{metadata.location}: {error}") from None
    groups, alarms = _tell_apart(groups)
    owned: list[OwnedPath] = []
    rest = [(metadata, f"{WRITTEN_BY}Gradescope: the list of submissions")]
    for path in paths:
        group, hand_in = groups.get(path.parts[0], ([], UNKNOWN))
        if path.name and group:  # of an assignment with one file per submission, the file itself is listed
            inner = path.below(1) if len(path.parts) > 1 else path
            owned += [OwnedPath(inner, student, hand_in) for student in group]
        elif path is not metadata and not group:
            rest.append((path, f"{METADATA} does not say whose file this is"))
    present = {path.parts[0] for path in paths}
    alarms += [
        f"{METADATA} lists {folder}" + _of(group) + ", but it is missing from the download"
        for folder, (group, _) in groups.items()
        if folder not in present
    ]
    everybody = [student for group, _ in groups.values() for student in group]
    return finish("Gradescope", owned, rest, everybody, alarms)


def _tell_apart(groups: Groups) -> tuple[Groups, list[str]]:
    """Return the groups with students kept apart who have only a name, and that the same, and an alarm for each."""
    nameless = [one for group, _ in groups.values() for one in group if one.id == one.name and not one.email]
    twice = {student for student, count in Counter(nameless).items() if count > 1}
    apart = {
        folder: ([replace(one, id=f"{one.id} ({folder})") if one in twice else one for one in group], hand_in)
        for folder, (group, hand_in) in groups.items()
    }
    return apart, [
        f"{METADATA} has several submissions of {one.name}, without a student number or an address that would say "
        "whether these are one student; they were kept apart"
        for one in twice
    ]


def _of(group: list[Student]) -> str:
    return f" of {', '.join(student.id for student in group)}" if group else ""
