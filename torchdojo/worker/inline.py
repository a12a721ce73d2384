"""Run requests in this very process, for systems without fork. Only ever used for a learner's own code."""

from __future__ import annotations

import sys
from typing import Any

from torchdojo.probe import Probe
from torchdojo.wire import Limits
from torchdojo.worker.run import Request, encode_reply, run_request, settings_kept


class InlineServer:
    """Serves as ForkServer does, without a process of its own for anything."""

    def serve(self, values: dict[str, Any], probes: dict[str, dict[str, Probe]]) -> tuple[bytes, int]:
        """Run one request; return the reply's message, and −1: memory is not measured.

        Torch's global settings are put back afterwards.
        """
        request = Request.from_plain(values["request"])
        try:
            with settings_kept():
                return encode_reply(run_request(request, probes[values["probes"]]), Limits(**values["limits"])), -1
        finally:
            sys.modules.pop(request.chapter, None)

    def idle(self, probes: dict[str, dict[str, Probe]]) -> None:
        """Nothing can be done ahead."""

    def rest(self) -> None:
        """Nothing is left to end."""

    def renew(self) -> None:
        """Nothing was done ahead."""

    def close(self) -> None:
        """Nothing is left behind."""
