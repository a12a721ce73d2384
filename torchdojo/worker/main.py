"""The worker's process: read messages from standard input, answer on standard output, one frame each.

On Linux, a check's requests run in a child of this process, which itself only imports what all need, so no check sees
what another left behind. Elsewhere they run in this process itself. A worker of the kind "torch" imports torch before
anything else; in one of the kind "python" nothing can.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from torchdojo.probe import Probe, collect_probes
from torchdojo.wire import EndOfStream, WireLimits, read_frame, write_all, write_frame
from torchdojo.worker.protocol import Bans, Continue, EndSession, Prepare, Ready, Run, decode_message, encode_message
from torchdojo.worker.warm import hide_from_collector, use_huge_pages, warm_up_for

MANY_RUNS = 20  # after so many there will be more: a class is graded, or a whole course checked


def main(arguments: list[str] | None = None) -> NoReturn:
    """Serve until standard input ends, and end the process."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--fork", action="store_true", help="run each check in a child process")
    parser.add_argument("--isolate", action="store_true", help="give each child namespaces of its own")
    parser.add_argument("--uid", type=int, help="the user and group that isolated children become")
    parser.add_argument("--tmp", type=int, default=0, help="bytes of an isolated child's /tmp")
    parser.add_argument("--shm", type=int, default=0, help="bytes of an isolated child's /dev/shm")
    parser.add_argument("--gpu", action="store_true", help="let children use this machine's CUDA device")
    parser.add_argument("--kind", default="torch", choices=("torch", "python"), help="of the chapters that it serves")
    options = parser.parse_args(arguments)
    del sys.argv[1:]  # a submission that parses its arguments, as scripts do, finds none
    receive, send = _private_channel()
    _import_library(options.kind)
    _harden()
    server = _server(options)
    probes: dict[str, dict[str, Probe]] = {}
    warmed: set[str] = set()
    runs, pages_are_huge = 0, False
    write_frame(send, encode_message(Ready()))
    while True:
        try:
            message = decode_message(read_frame(receive, WireLimits.total_bytes))
        except EndOfStream:
            server.discard_children()
            sys.stderr.flush()
            os._exit(0)  # to take torch apart would take longer than many a check
        match message:
            case Prepare():
                server.discard_children()
                answer = _prepare(message, probes)
                if options.fork:
                    warm_up_for(warmed)
                    _prepare_shared_processes(message.bans)
                write_frame(send, encode_message(answer))
                if options.fork:
                    hide_from_collector()
                    pages_are_huge = False  # not those of what was imported
            case EndSession():
                server.end_session()
                if options.fork and runs > MANY_RUNS and not pages_are_huge:
                    server.discard_children()  # they share the pages
                    use_huge_pages()
                    pages_are_huge = True
            case Run():
                runs += 1
                write_frame(send, server.serve(message, probes))
            case Continue():
                runs += 1
                write_frame(send, server.proceed(message, probes))
        server.prefork(probes)


def _import_library(kind: str) -> None:
    """Import torch and use it as nearly every probe does, or keep it from being imported."""
    gc.disable()  # it would look at a million objects that stay
    if kind == "torch":
        import torch  # noqa: F401
    else:
        from torchdojo.worker.without_torch import refuse_torch

        refuse_torch()
    from torchdojo.worker.library_in_use import library

    library().warm_up()
    gc.freeze()
    gc.enable()


def _server(options: argparse.Namespace) -> Any:
    if not options.fork:
        from torchdojo.worker.inline import InlineServer

        return InlineServer()
    from torchdojo.worker.fork import ForkServer
    from torchdojo.worker.isolation import Namespaces, PlainProcess

    if options.isolate:
        return ForkServer(Namespaces(options.tmp, options.shm, options.uid, options.gpu), options.gpu)
    return ForkServer(PlainProcess(), options.gpu)


def _prepare(wanted: Prepare, probes: dict[str, dict[str, Probe]]) -> Ready:
    """Import the modules and load the probes that later requests name."""
    from torchdojo.worker.modules import import_modules, load_file

    try:
        import_modules(wanted.modules)
        path = wanted.probes_path
        if path not in probes:
            probes[path] = collect_probes(load_file(f"probes_{len(probes)}", Path(path)))
    except Exception as error:
        return Ready(f"{type(error).__name__}: {error}")
    return Ready()


def _prepare_shared_processes(bans: Bans) -> None:
    """Set the traps of what requests will forbid, and remember what is there before any submission is."""
    from torchdojo.worker import left_behind
    from torchdojo.worker.guard import resolve, set_traps

    for forbids, allows in bans:
        with contextlib.suppress(ValueError):  # the owner says which name is wrong
            set_traps(resolve(forbids, allows))
    left_behind.remember()


def _private_channel() -> tuple[Callable[[int], bytes], Callable[[bytes], None]]:
    """Move the channel away from descriptors 0 and 1, which a submission prints to; return its read and write."""
    receive = os.dup(0)
    send = os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - the process's own standard streams, open as long as it lives
    sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
    return partial(os.read, receive), partial(write_all, send)


def _harden() -> None:
    """Keep children from reading or writing this process's memory: on Linux, make it not dumpable."""
    if sys.platform == "linux":
        from torchdojo.worker import kernel

        kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
