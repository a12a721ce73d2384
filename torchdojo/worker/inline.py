"""Run requests in this very process, for systems without fork. Only ever used for a learner's own code."""

from __future__ import annotations

import sys
from typing import Any

import torch

from torchdojo.probe import Probe
from torchdojo.wire import Limits
from torchdojo.worker.run import Request, encode_reply, run_request


def serve(values: dict[str, Any], probes: dict[str, Probe]) -> bytes:
    """Run one request and return the reply's message; torch's global settings are put back afterwards."""
    dtype = torch.get_default_dtype()
    threads = torch.get_num_threads()
    grad = torch.is_grad_enabled()
    try:
        return encode_reply(run_request(Request.from_plain(values["request"]), probes), Limits(**values["limits"]))
    finally:
        torch.set_default_dtype(dtype)
        torch.set_num_threads(threads)
        torch.set_grad_enabled(grad)
        sys.modules.pop(values["request"]["chapter"], None)
