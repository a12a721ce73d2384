"""The stand-in for a submission's module: what a check calls here runs in the sandbox, and on the reference."""
