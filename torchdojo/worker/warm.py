"""Make children cheap: do once, before forking, what every one of them would do; and let them share memory well."""

from __future__ import annotations

import contextlib
import gc
import re
import sys
from pathlib import Path

HUGE = 2 * 2**20


def warm_up() -> None:
    """Run what nearly every probe runs, forward only: a process that ran a backward must not be forked.

    torch looks much up, and imports some, when it is first used. What it looked up here, children need not.
    """
    import torch
    from torch import nn

    from torchdojo.probe import Draw
    from torchdojo.wire import Tagged, decode, encode

    torch.manual_seed(0)
    draw = Draw(0, "cpu")
    for dtype in (torch.float32, torch.float64):
        net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(8, 2)).to(dtype)
        with torch.no_grad():
            y = net(draw.normal(2, 1, 4, 4).to(dtype))
        decode(encode({"y": Tagged(y.softmax(1).sum(), "cpu"), "name": [True, 1.0]}))
        net.state_dict()
    torch.manual_seed(0)


def make_forks_cheap() -> None:
    """Call after the imports: take what exists out of the garbage collector's sight, and put it on huge pages.

    The collector writes into every object it looks at, and what a child writes to, it must copy first. Copying the
    page tables is most of what a fork of a process with torch in it costs; with huge pages they are tiny.
    """
    gc.collect()
    gc.freeze()
    gc.disable()
    if sys.platform == "linux":
        _use_huge_pages()


def _use_huge_pages() -> None:
    from torchdojo.worker import kernel

    private = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) rw.p 0+ 00:00 0 *(\[heap\])?$", re.MULTILINE)
    with contextlib.suppress(OSError):
        for start, end, _ in private.findall(Path("/proc/self/maps").read_text()):
            first = -(-int(start, 16) // HUGE) * HUGE
            for place in range(first, int(end, 16) // HUGE * HUGE, HUGE):
                kernel.collapse(place, HUGE)
