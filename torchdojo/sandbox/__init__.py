"""Start, limit, watch and kill workers: in bubblewrap, or as a plain subprocess for a learner's own code."""
