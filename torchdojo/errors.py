"""The base of every error that is meant for a person to read."""

from __future__ import annotations

from typing import ClassVar


class UserError(Exception):
    """An error whose text says what is wrong, and what to do about it. `dojo` prints it and ends.

    exit_code: what the command then ends with
    """

    exit_code: ClassVar[int] = 2


class InstallationError(UserError):
    """Something is wrong with this machine's installation, not with the person's code."""
