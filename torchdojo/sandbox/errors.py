"""What may go wrong on our side."""


class WorkerError(Exception):
    """The worker itself could not be started or prepared: ours to mend, never the submission's fault."""
