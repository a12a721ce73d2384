"""A source text, read once: what its statements bind, read and do, and what follows from that. Nothing is run here."""
