"""Read the downloads of learning platforms: whose each file is, what the student called it, and when it was submitted.

One module per platform, each with a function `read`; `READERS` has them by the name for the command line.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import tzinfo
from typing import Protocol

from torchdojo.collect.downloads import autolab, blackboard, brightspace, canvas, github, gradescope, moodle, sakai
from torchdojo.collect.platforms import Download
from torchdojo.collect.submitted_paths import SubmittedPath


class DownloadReader(Protocol):
    """Reads one level of a submissions folder or archive as a platform's download."""

    def __call__(self, paths: Sequence[SubmittedPath], zone: tzinfo, wrapper: str = "") -> Download | None:
        """Return what the download holds, None if no path is in the platform's form.

        paths: all files, relative to the level; zone: of times that are written without one
        wrapper: the name of the folder around the level, "" if unknown
        """


# In the order of preference, where a name is in the form of two: that in which the other's is the student's own part.
READERS: dict[str, DownloadReader] = {
    "gradescope": gradescope.read,
    "github": github.read,
    "sakai": sakai.read,
    "brightspace": brightspace.read,
    "moodle": moodle.read,
    "blackboard": blackboard.read,
    "autolab": autolab.read,
    "canvas": canvas.read,
}


def read_downloads(
    paths: Sequence[SubmittedPath],
    zone: tzinfo,
    wrapper: str = "",
    readers: Iterable[DownloadReader] = tuple(READERS.values()),
) -> list[Download]:
    """Return the downloads that a level holds, none if it is not a platform's. No path is in two of them.

    The platform of the most paths is read first, and what is not in its form is read as another's. Only the last
    download has paths in `rest` that are in no platform's form. The other arguments are those of a `DownloadReader`.
    """
    downloads: list[Download] = []
    while paths:
        found = [download for read in readers if (download := read(paths, zone, wrapper=wrapper))]
        if not found:
            break
        best = min(found, key=lambda download: len(_foreign(download)))
        others = _foreign(best)
        if downloads:
            downloads[-1] = replace(downloads[-1], rest=[one for one in downloads[-1].rest if one[1]])
        downloads.append(best)
        paths = others
    return downloads


def _foreign(download: Download) -> list[SubmittedPath]:
    return [path for path, reason in download.rest if not reason]
