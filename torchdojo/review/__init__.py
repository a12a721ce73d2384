"""What people decide about results: points, comments, publishing. Results stay as graded; decisions come on top."""
