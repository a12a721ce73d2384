"""Read the downloads of learning platforms: whose each file is, what the student called it, and when it was submitted.

One module per platform, each with a function `read`; `READERS` has them by the name for the command line.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Protocol

from torchdojo.batch.downloads import autolab, blackboard, brightspace, canvas, github, gradescope, moodle, sakai
from torchdojo.batch.platforms import Download
from torchdojo.batch.submitted_paths import SubmittedPath


class DownloadReader(Protocol):
    """Reads one level of a submissions folder or archive as a platform's download."""

    def __call__(self, paths: Sequence[SubmittedPath], zone: tzinfo, wrapper: str = "") -> Download | None:
        """Return what the download holds, None if no path is in the platform's form.

        paths: all files, relative to the level; zone: of times that are written without one
        wrapper: the name of the folder around the level, "" if unknown
        """


# Those whose form is told by a file or a wrapper come first: their students' files may have any name.
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
