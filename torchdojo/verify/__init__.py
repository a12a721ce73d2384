"""The grader graded: every exercise's right and wrong answers must get the verdicts they should."""

from torchdojo.verify.judge import problems_of
from torchdojo.verify.subjects import Expectation, Subject, subjects_of

__all__ = ["Expectation", "Subject", "problems_of", "subjects_of"]
