"""Grading: run a chapter's pytest checks on one submission, compare, diagnose, and give points."""

from torchdojo.grading.failure import expect

__all__ = ["expect"]
