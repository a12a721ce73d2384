"""Many submissions: collect them, grade them, keep results as they come."""
