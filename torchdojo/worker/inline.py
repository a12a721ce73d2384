"""Run requests in this very process, for systems without fork. Only ever used for a learner's own code."""

from __future__ import annotations

import sys

from torchdojo.probe import Probe
from torchdojo.worker.protocol import Run, encode_reply
from torchdojo.worker.run import run_request, settings_kept


class InlineServer:
    """Serves as ForkServer does, without a process of its own for anything."""

    def serve(self, run: Run, probes: dict[str, dict[str, Probe]]) -> bytes:
        """Run one request; return the encoded reply. Torch's global settings are put back afterwards."""
        try:
            with settings_kept():
                return encode_reply(run_request(run.request, probes[run.probes_path]), run.limits.reply)
        finally:
            sys.modules.pop(run.request.chapter, None)

    def idle(self, probes: dict[str, dict[str, Probe]]) -> None:
        """Nothing can be done ahead."""

    def rest(self) -> None:
        """Nothing is left to end."""

    def renew(self) -> None:
        """Nothing was done ahead."""

    def close(self) -> None:
        """Nothing is left behind."""
