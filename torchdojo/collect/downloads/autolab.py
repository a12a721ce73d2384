"""Read Autolab's "Download all submissions".

Autolab (app/controllers/submissions_controller.rb, `download_filename`) puts the student's address before the last two
parts, by underscores, of `<version>_<file>`: `<address>_<version>_<file>` if the assessment's file has no underscore,
and `<version>_<address>_ch1_fundamentals.py` if it has one. With more, the parts before the last two come first:
`<version>_ch2_<address>_linear_model.py`. An address may contain underscores too. `annotated_…` is the grader's copy.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import tzinfo

from torchdojo.collect.downloads.common import Named, read_by_name
from torchdojo.collect.platforms import Download, HandIn, Student
from torchdojo.collect.submitted_paths import SubmittedPath

DOMAIN = r"@[^@_\s]+\.[^@_\s]+"
ADDRESS_FIRST = re.compile(
    rf"(?P<address>(?![^@]*_[0-9]+_[0-9]+_)[^@\s]+{DOMAIN})_(?P<version>[0-9]+)_(?P<file>.+)", re.DOTALL
)
VERSION_FIRST = re.compile(rf"(?P<version>[0-9]+)_(?P<head>[^@]*{DOMAIN})_(?P<file>[^_]*_[^_]+)", re.DOTALL)
ANNOTATED = "annotated_"


def read(paths: Sequence[SubmittedPath], zone: tzinfo, wrapper: str = "") -> Download | None:
    """Return what a download of Autolab holds, None if no name is in its form."""
    matches = [VERSION_FIRST.fullmatch(path.parts[0]) for path in paths]
    before = _parts_before(sorted({match["head"] for match in matches if match}))

    def parse(name: str) -> Named | None:
        if match := VERSION_FIRST.fullmatch(name):
            address, file = match["head"].removeprefix(before), before + match["file"]
        elif (match := ADDRESS_FIRST.fullmatch(name)) and not name.startswith(ANNOTATED):
            address, file = match["address"], match["file"]
        else:
            return None
        return Named(Student(address, email=address), file, HandIn(attempt=(int(match["version"]),)))

    return read_by_name("Autolab", paths, parse, _ignored)


def _parts_before(heads: list[str]) -> str:
    """Return the parts of the file's name that all have before the address; of a single student's, none for certain."""
    if len(heads) < 2:
        return ""
    parts = [head.split("_")[:-1] for head in heads]
    shared: list[str] = []
    for same in zip(*parts, strict=False):
        if len(set(same)) > 1:
            break
        shared.append(same[0])
    return "".join(f"{part}_" for part in shared)


def _ignored(name: str) -> str:
    return "is a grader's annotated copy" if name.startswith(ANNOTATED) else ""
