"""Run requests in this very process, for systems without fork. Only ever used for a learner's own code."""

from __future__ import annotations

import sys

from torchdojo.probe import Probe
from torchdojo.probe.settings import preserve_settings
from torchdojo.worker.protocol import Run, encode_reply
from torchdojo.worker.request_runner import run_request


class InlineServer:
    """Serves requests as ForkServer does, without a child process."""

    def serve(self, run: Run, probes: dict[str, dict[str, Probe]]) -> bytes:
        """Run one request; return the encoded reply."""
        try:
            with preserve_settings():
                return encode_reply(run_request(run.request, probes[run.probes_path]), run.limits.reply)
        finally:
            sys.modules.pop(run.request.chapter, None)

    def prefork(self, probes: dict[str, dict[str, Probe]]) -> None:
        """No-op: there is no child process."""

    def end_session(self) -> None:
        """No-op: there is no child process."""

    def discard_children(self) -> None:
        """No-op: there is no child process."""
