"""The worker's process: read requests from standard input, answer on standard output, one frame each.

Two ways to run requests. Where the system can fork (Linux), those of a check run in a child of this process, which
itself only imports torch, so no check sees what another left behind. Elsewhere they run in this process itself.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from torchdojo.probe import Probe, collect_probes
from torchdojo.wire import EndOfStream, Limits, decode, encode, read_frame, write_frame

REQUEST_LIMITS = Limits()


def main(arguments: list[str] | None = None) -> None:
    """Serve until standard input ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--fork", action="store_true", help="run each request in a child process")
    parser.add_argument("--own-pids", default="", help="the host's PID namespace: this process must be in another")
    options = parser.parse_args(arguments)
    receive, send = _private_channel()
    import torch

    torch.set_num_threads(1)
    _harden()
    server = _server(options, _may_kill_all(options.own_pids))
    probes: dict[str, dict[str, Probe]] = {}
    write_frame(send, encode({"ready": True}))
    while True:
        try:
            values = decode(read_frame(receive, REQUEST_LIMITS.total_bytes), REQUEST_LIMITS)
        except EndOfStream:
            return
        if "prepare" in values:
            server.rest()
            write_frame(send, encode(_prepare(values, probes)))
        elif "rest" in values:
            server.rest()
        else:
            write_frame(send, server.serve(values, probes[values["probes"]]))


def _server(options: argparse.Namespace, kill_all: bool) -> Any:
    if options.fork:
        from torchdojo.worker.fork import ForkServer

        return ForkServer(kill_all)
    from torchdojo.worker.inline import InlineServer

    return InlineServer()


def _prepare(values: dict[str, Any], probes: dict[str, dict[str, Probe]]) -> dict[str, Any]:
    """Import the modules and load the probes that later requests name."""
    from importlib import import_module

    from torchdojo.worker.load import load_file

    try:
        for module in values["modules"]:
            if module == "torchvision":
                from torchdojo.data.vision import prepare_torchvision

                prepare_torchvision()
            import_module(module)
        path = values["prepare"]
        if path not in probes:
            probes[path] = collect_probes(load_file(f"probes_{len(probes)}", Path(path)))
    except Exception as error:
        return {"ready": False, "message": f"{type(error).__name__}: {error}"}
    return {"ready": True}


def _private_channel() -> tuple[Any, Any]:
    """Move the channel away from descriptors 0 and 1, where a submission's prints would meet it."""
    receive = os.dup(0)
    send = os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - the process's own standard streams, open as long as it lives
    sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115

    def write(data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(send, view[: 1 << 20]) :]

    return (lambda count: os.read(receive, count)), write


def _harden() -> None:
    """Keep children from reading or writing this process's memory (Linux: not dumpable, so not traceable)."""
    if sys.platform == "linux":
        import ctypes

        pr_set_dumpable = 4
        ctypes.CDLL(None, use_errno=True).prctl(pr_set_dumpable, 0, 0, 0, 0)


def _may_kill_all(host_namespace: str) -> bool:
    """Whether "kill every process I can" reaches only a submission's leftovers: in a PID namespace of our own."""
    if not host_namespace or sys.platform != "linux":
        return False
    own = os.readlink("/proc/self/ns/pid") if os.path.exists("/proc/self/ns/pid") else host_namespace
    return own != host_namespace and os.getpid() < 10


if __name__ == "__main__":
    main()
