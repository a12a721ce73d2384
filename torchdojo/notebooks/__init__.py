"""Notebooks: their cells, the submission in them, and percent format."""
