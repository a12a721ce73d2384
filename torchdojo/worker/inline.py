"""Run requests in this very process, for systems without fork. Only ever used for a learner's own code."""

from __future__ import annotations

import os
import sys
import threading
import time

from torchdojo.probe import Probe
from torchdojo.probe.settings import preserve_settings
from torchdojo.worker.protocol import OUT_OF_TIME, Limits, Run, encode_reply
from torchdojo.worker.request_runner import run_request

LOOK_SECONDS = 0.5
AWAKE_SHARE = 0.01  # of the time between two looks: a process that used no more CPU time was asleep


class InlineServer:
    """Serves requests as ForkServer does, without a child process: a request that takes too long ends this one."""

    def serve(self, run: Run, probes: dict[str, dict[str, Probe]]) -> bytes:
        """Run one request; return the encoded reply."""
        answered = threading.Event()
        threading.Thread(target=_exit_when_out_of_time, args=(run.limits, answered), daemon=True).start()
        try:
            with preserve_settings():
                return encode_reply(run_request(run.request, probes[run.probes_path]), run.limits.reply)
        finally:
            answered.set()
            sys.modules.pop(run.request.chapter, None)

    def prefork(self, probes: dict[str, dict[str, Probe]]) -> None:
        """No-op: there is no child process."""

    def end_session(self) -> None:
        """Forget the objects of a conversation: there is no child process that ends."""
        conversation = sys.modules.get("torchdojo.worker.conversation")
        if conversation is not None:
            conversation.end_conversations()

    def discard_children(self) -> None:
        """No-op: there is no child process."""


def _exit_when_out_of_time(limits: Limits, answered: threading.Event) -> None:
    """End this process when the request has used its CPU time, or has slept for as long."""
    before = seen = time.process_time()
    asleep = 0.0
    while not answered.wait(LOOK_SECONDS):
        now = time.process_time()
        if now - seen < AWAKE_SHARE * LOOK_SECONDS:
            asleep += LOOK_SECONDS
        seen = now
        if max(now - before, asleep) > limits.seconds:
            os._exit(OUT_OF_TIME)
