"""Run requests in this very process, for systems without fork. Only ever used for a learner's own code."""

from __future__ import annotations

import sys
from typing import Any

from torchdojo.probe import Probe
from torchdojo.wire import Limits
from torchdojo.worker.run import Request, encode_reply, run_request, settings_kept


class InlineServer:
    """Serves as ForkServer does, without a process of its own for anything."""

    def serve(self, values: dict[str, Any], probes: dict[str, Probe]) -> bytes:
        """Run one request and return the reply's message; torch's global settings are put back afterwards."""
        try:
            with settings_kept():
                return encode_reply(
                    run_request(Request.from_plain(values["request"]), probes), Limits(**values["limits"])
                )
        finally:
            sys.modules.pop(values["request"]["chapter"], None)

    def rest(self) -> None:
        """Nothing is left to end."""
