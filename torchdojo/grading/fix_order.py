"""The order in which to fix failing checks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the terminal shows most screens without loading torch
    from torchdojo.grading.result import CheckResult


def wrong_checks(checks: Iterable[CheckResult]) -> list[CheckResult]:
    """Return the failing checks in the order to fix them: those that wait for another, and have no line, come last."""
    return sorted((check for check in checks if check.status.is_wrong), key=lambda check: check.finding.line is None)
