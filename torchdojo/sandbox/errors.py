"""The sandbox's own failures."""

from torchdojo.errors import InstallationError


class WorkerError(InstallationError):
    """The worker itself could not be started or prepared, which is never the submission's fault."""
