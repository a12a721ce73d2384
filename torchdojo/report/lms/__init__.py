"""Grades in the formats that learning platforms read: Canvas, Moodle, Gradescope."""
