"""Scaffolds: write a course, a chapter, an exercise or a mistake that verifies at once, for its author to change."""
