"""Feedback for each student, and the class report for teachers."""

from torchdojo.report.paths import folder_name
from torchdojo.report.write import write_reports

__all__ = ["folder_name", "write_reports"]
