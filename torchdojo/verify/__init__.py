"""The grader graded: every exercise's right and wrong answers must get the verdicts they should."""

from torchdojo.verify.chapter import Expectation, Subject, subjects_of, verify_subject

__all__ = ["Expectation", "Subject", "subjects_of", "verify_subject"]
