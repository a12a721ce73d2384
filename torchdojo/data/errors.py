"""The one error that data gives. Its message is meant for the user."""

from __future__ import annotations

from typing import ClassVar

from torchdojo.errors import UserError


class DataError(UserError):
    """Images that cannot be read or downloaded; the text says which, why, and what to do."""

    exit_code: ClassVar[int] = 1
