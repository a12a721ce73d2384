"""No probes: these checks call the submission."""
