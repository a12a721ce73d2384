"""Feedback for each student, the class report for teachers, and exports to learning platforms."""
