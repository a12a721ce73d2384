"""The worker: inside the sandbox, load one submission, run probes, send outputs."""
