"""Programs that try to escape the sandbox, run before anything is graded; every one of them must fail."""
