"""Feedback for each student, and the report for those who teach them."""

from torchdojo.report.feedback import Feedback, feedback_of
from torchdojo.report.places import folder_name
from torchdojo.report.render import feedback_html, feedback_markdown
from torchdojo.report.write import write_reports

__all__ = [
    "Feedback",
    "feedback_html",
    "feedback_markdown",
    "feedback_of",
    "folder_name",
    "write_reports",
]
