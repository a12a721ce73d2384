"""Read Gradescope's submission_metadata.yml, under its former name."""

from __future__ import annotations

from torchdojo.batch.downloads.metadata import MetadataError, read_metadata

__all__ = ["MetadataError", "read_metadata"]
