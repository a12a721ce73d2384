"""The grader graded: every exercise's right and wrong answers must get the verdicts they should."""

from torchdojo.verify.judge import problems_of
from torchdojo.verify.outcome import Memory, Outcome, outcome_of
from torchdojo.verify.subjects import Expectation, Subject, automatic_subjects_of, subjects_of
from torchdojo.verify.tally import ChapterTally

__all__ = [
    "ChapterTally",
    "Expectation",
    "Memory",
    "Outcome",
    "Subject",
    "automatic_subjects_of",
    "outcome_of",
    "problems_of",
    "subjects_of",
]
