"""Untrusted archives: list what is in them and read single files into memory, with bounds on time and memory."""

from torchdojo.archives.archive import (
    DOWNLOAD_LIMITS,
    HEAD_BYTES,
    STUDENT_LIMITS,
    Archive,
    ArchiveError,
    ArchiveLimits,
    Budget,
    Member,
)
from torchdojo.archives.opening import archive_stem, is_archive_name, open_archive, sniff

__all__ = ["DOWNLOAD_LIMITS", "HEAD_BYTES", "STUDENT_LIMITS", "Archive", "ArchiveError", "ArchiveLimits", "Budget"]
__all__ += ["Member", "archive_stem", "is_archive_name", "open_archive", "sniff"]
