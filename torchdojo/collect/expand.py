"""Find the archives among a student's files, and list what is in them and in the archives inside them."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace

from torchdojo.archives import Archive, ArchiveError, ArchiveLimits, Budget, is_archive_name, open_archive, sniff
from torchdojo.collect.submitted_paths import ROUTINE_REASONS, Listing, SubmittedPath, list_archive
from torchdojo.source.files import SourceError

MAX_LEVELS = 3  # archives in archives
SNIFFED_DEPTH = 4  # folders and name; an environment has thousands of files in deeper ones
# Files that are zip or gzip inside, and mean something else; and source files, whatever is in them.
NO_ARCHIVE_NAME = re.compile(
    r"\.(pyw?|ipynb|pyc|docx|docm|xlsx|xlsm|pptx|pptm|od[tspg]|epub|pages|numbers|key|jar|war|apk|whl|egg|pyz|xpi|"
    r"np[yz]|pth?|ckpt|keras|safetensors|pkl|pickle|rds|rdata|svgz|kmz|usdz|cbz)\s*$",
    re.IGNORECASE,
)


def is_archive(path: SubmittedPath) -> bool:
    """Whether a file is an archive by its name, or by its content if its name does not say that it is something else.

    A source file never is.
    """
    if not path.name or NO_ARCHIVE_NAME.search(path.name):
        return False
    if is_archive_name(path.name):
        return True
    return len(path.parts) <= SNIFFED_DEPTH and bool(sniff(path.read_head()))


def expand(paths: list[SubmittedPath], limits: ArchiveLimits, open_archives: ExitStack) -> Listing:
    """Return one student's files, with those in an archive in its place, and what could not be read with the reason.

    A file's parts are the folders around the archive and those in it. The archives stay open until `open_archives` is
    closed, and count together for the limits.
    """
    found = Listing([], [])
    budget = Budget(limits)
    for path in paths:
        _expand(path, 1, budget, open_archives.enter_context, found)
    return found


def open_one(path: SubmittedPath, limits: ArchiveLimits, open_archives: ExitStack) -> Listing:
    """Return the files in an archive, of which each may be a student's: archives in it are not opened."""
    found = Listing([], [])
    return _list(path, 1, Budget(limits), open_archives.enter_context, found) or found


def _expand(
    path: SubmittedPath, level: int, budget: Budget, keep: Callable[[Archive], Archive], found: Listing
) -> None:
    if not is_archive(path):
        found.paths.append(path)
        return
    if level > MAX_LEVELS:
        found.skipped.append((path, f"is an archive inside {MAX_LEVELS} others, which is not opened"))
        return
    listing = _list(path, level, budget, keep, found)
    if listing:
        found.skipped.extend(listing.skipped)
        for inner in listing.paths:
            _expand(inner, level + 1, budget, keep, found)


def _list(
    path: SubmittedPath, level: int, budget: Budget, keep: Callable[[Archive], Archive], found: Listing
) -> Listing | None:
    """Return what an archive contains, in its place; None, with the reason in `found`, if it is refused."""
    try:
        source = path.disk_path or path.read_bytes(budget.limits.archive_bytes)
        if level > 1 and isinstance(source, bytes):
            budget.unpack_read(len(source))
        archive = keep(open_archive(source, path.name, budget.limits, budget))
    except (ArchiveError, SourceError) as error:
        found.skipped.append((path, str(error)))
        return None
    listing = list_archive(archive, path.location)
    if not listing.paths and all(reason in ROUTINE_REASONS for _, reason in listing.skipped):
        listing.skipped.append((path, "contains only hidden and system files"))
    around, name = path.parts[:-1], f"{path.in_archive}:{path.name}" if path.in_archive else path.name

    def placed(inner: SubmittedPath) -> SubmittedPath:
        uploaded = path.uploaded if path.in_archive else path.modified
        return replace(inner, parts=(*around, *inner.parts), in_archive=name, uploaded=uploaded)

    skipped = [(inner if inner is path else placed(inner), reason) for inner, reason in listing.skipped]
    return Listing([placed(inner) for inner in listing.paths], skipped)
