"""Grading: run a chapter's pytest checks on one submission, compare, diagnose, and give points.

Check authors import `expect` from here; everything else reaches a check as a fixture. The names come when they are
first asked for: what only reads a submission's text must not wait for torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torchdojo.grading.failure import expect
    from torchdojo.grading.grade import PUBLIC_SECRET, Change, Grader, GradingStopped, Settings, accelerators_of
    from torchdojo.grading.result import CheckResult, Result

_HOMES = {
    "Change": "grade",
    "CheckResult": "result",
    "Grader": "grade",
    "GradingStopped": "grade",
    "PUBLIC_SECRET": "grade",
    "Result": "result",
    "Settings": "grade",
    "accelerators_of": "grade",
    "expect": "failure",
}

__all__ = [
    "PUBLIC_SECRET",
    "Change",
    "CheckResult",
    "Grader",
    "GradingStopped",
    "Result",
    "Settings",
    "accelerators_of",
    "expect",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
