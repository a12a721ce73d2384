"""The benchmark: what grading costs here, and what it costs with what a teacher would use instead."""
