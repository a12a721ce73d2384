"""Find out whose each submitted file is, and which of them counts for a chapter."""
