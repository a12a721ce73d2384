"""Read the repositories of a GitHub Classroom assignment, cloned with `gh classroom clone student-repos`.

It (github/gh-classroom, cmd/gh-classroom/clone/student-repos/student-repos.go) puts them all into a folder
`<slug>-submissions`; each repository is called `<slug>-<username>`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import tzinfo

from torchdojo.collect.downloads.common import Named, read_by_name
from torchdojo.collect.platforms import Download, Student
from torchdojo.collect.submitted_paths import SubmittedPath

WRAPPER = "-submissions"


def read(paths: Sequence[SubmittedPath], zone: tzinfo, wrapper: str = "") -> Download | None:
    """Return what a folder of clones holds, None if no name in it begins with the assignment's."""
    prefix = wrapper.removesuffix(WRAPPER) + "-" if wrapper.endswith(WRAPPER) else _shared_prefix(paths)
    if len(prefix) < 2:
        return None

    def parse(name: str) -> Named | None:
        username = name.removeprefix(prefix)
        return Named(Student(username)) if username and username != name else None

    download = read_by_name("GitHub Classroom", paths, parse)
    if download is None:
        return None
    owned = [one for one in download.owned if one.path.parts[0] != ".git"]
    return replace(
        download, owned=owned, notes=[f"the usernames are what follows {prefix} in the names of the folders"]
    )


def _shared_prefix(paths: Sequence[SubmittedPath]) -> str:
    """Return how the names of all top folders begin, up to a hyphen, if all are clones; else ""."""
    tops = {path.parts[0] for path in paths if len(path.parts) > 1}
    clones = {path.parts[0] for path in paths if path.parts[1:2] == (".git",)}
    if len(tops) < 2 or tops != clones:
        return ""
    first, last = min(tops), max(tops)
    shared = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    return first[: first.rfind("-", 0, shared) + 1]
