"""Source texts: what their statements bind, read and do, and what follows from that. Nothing is run."""
