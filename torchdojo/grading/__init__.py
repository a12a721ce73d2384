"""Grading: run a chapter's pytest checks on one submission, compare, diagnose, and give points.

Check authors import `expect` from here; everything else reaches a check as a fixture.
"""

from torchdojo.grading.failure import expect
from torchdojo.grading.grade import Change, Grader, Settings
from torchdojo.grading.result import CheckResult, Result

__all__ = ["Change", "CheckResult", "Grader", "Result", "Settings", "expect"]
