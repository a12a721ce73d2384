"""Grades in the forms that learning platforms read: Canvas, Moodle, Gradescope."""

from torchdojo.report.lms.autograder import write_autograder
from torchdojo.report.lms.canvas import canvas_csv
from torchdojo.report.lms.gradebook import ExportError, Gradebook, open_gradebook
from torchdojo.report.lms.gradescope import results_json
from torchdojo.report.lms.moodle import moodle_csv, moodle_worksheet

__all__ = [
    "ExportError",
    "Gradebook",
    "canvas_csv",
    "moodle_csv",
    "moodle_worksheet",
    "open_gradebook",
    "results_json",
    "write_autograder",
]
