"""Verify the grader: every exercise's right, wrong and hostile answers must get the expected verdicts."""
