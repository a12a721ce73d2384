"""Make children cheap: do once, before forking, what every one of them would do, and let them share memory."""

from __future__ import annotations

import contextlib
import gc
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torchdojo.probe import Draw

HUGE_PAGE_BYTES = 2 * 2**20
WARM_UP_MODULE = b"""
import torch
from torch import Tensor, nn
from torch.nn import functional as F

class Warm(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(3, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU())
        self.second = nn.Conv2d(width, width, 3, bias=False)
        self.last = nn.Linear(width, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(self.first(x), 2)
        x = F.dropout(F.relu(self.second(x)), 0.5, self.training)
        return self.last(x.mean(dim=(2, 3)))
"""


def warm_up() -> None:
    """Run what nearly every probe runs, forward only: a process that ran a backward must not be forked.

    torch initialises much when it is first used; children inherit that. No optimizer is created: that imports torch's
    compiler, which takes a second, and is imported where a chapter needs it.
    """
    import torch

    import torchdojo.probe.accelerator  # noqa: F401 - what a placement check would import
    from torchdojo.probe import Draw
    from torchdojo.probe.python_settings import seed_python
    from torchdojo.probe.settings import preserve_settings
    from torchdojo.wire import SentTensor, decode, encode
    from torchdojo.worker.modules import load_module
    from torchdojo.worker.without_sympy import defer_symbolic_shapes

    defer_symbolic_shapes()
    torch.manual_seed(0)
    draw = Draw(0, "cpu")
    module = load_module("warm", WARM_UP_MODULE, "warm.py")
    for dtype in (torch.float32, torch.float64):
        with torch.no_grad():
            net = module.Warm(4).to(dtype)
            for images in (1, 4, 32):
                logits = net(draw.normal(images, 3, 8, 8).to(dtype))
            labels = draw.integers(0, 2, 32)
            loss = torch.nn.functional.cross_entropy(logits, labels)
            hits = (logits.argmax(1) == labels).to(dtype).mean()
            net.load_state_dict(net.eval().state_dict())
        decode(encode({"y": SentTensor(logits.softmax(1), "cpu"), "loss": loss, "hits": hits, "name": [True, 1.0]}))
    _use_loader(draw)
    with preserve_settings():
        seed_python(0)  # which imports numpy's generators
    del sys.modules["warm"]
    torch.manual_seed(0)


def warm_up_for(done: set[str]) -> None:
    """Use the slow modules that are imported by now as a submission would, and read the embedded images if probes may.

    No optimizer makes a step here: Adam's asks for the accelerator's stream, which starts CUDA where there is a device,
    and a process that has started CUDA must not be forked. Errors are ignored: the submission will meet them.

    done: the modules for which that was done before; it is updated
    """
    uses = {"torchvision": _use_torchvision, "torchdojo.data.fashion_mnist": _use_fashion_mnist}
    for module in uses.keys() & sys.modules.keys() - done:
        done.add(module)
        with contextlib.suppress(Exception):
            uses[module]()
    if "torch._dynamo" in sys.modules:
        with contextlib.suppress(Exception):
            _let_torch_wrap()


def _let_torch_wrap() -> None:
    """Let torch wrap now what it wraps at its first use, or it would seem that a submission has changed it.

    That is `step` of every class of optimizers, those of the probes included, and the function that sets the seed.
    """
    import torch
    from torch.optim import Optimizer

    torch.manual_seed(0)
    classes = [Optimizer]
    for kind in classes:  # which grows meanwhile
        classes += kind.__subclasses__()
        Optimizer._patch_step_function(kind.__new__(kind))


def _use_fashion_mnist() -> None:
    from torchdojo.data import load_fashion_mnist

    load_fashion_mnist("train").first(1).normalised()


def _use_torchvision() -> None:
    import numpy as np
    import PIL.ImageFile  # noqa: F401 - what opening or saving a picture imports
    from PIL import Image
    from torchvision.transforms import functional

    picture = functional.pad(Image.fromarray(np.zeros((8, 8, 3), dtype=np.uint8)), [1])
    image = functional.to_tensor(functional.hflip(functional.crop(picture, 0, 0, 8, 8)))
    functional.normalize(image, [0.5] * 3, [0.5] * 3)


def _use_loader(draw: Draw) -> None:
    from torch.utils.data import DataLoader, TensorDataset

    for _ in DataLoader(TensorDataset(draw.normal(8, 2), draw.integers(0, 2, 8)), batch_size=4, shuffle=True):
        pass


def hide_from_collector() -> None:
    """Hide all existing objects from the garbage collector, and stop it. Call it after the imports.

    The collector writes into every object it visits, and a child must first copy what it writes to.
    """
    gc.freeze()
    gc.disable()


def use_huge_pages() -> None:
    """Move this process's memory to huge pages, on Linux. It takes as long as twenty forks; later ones take a third.

    Most of the cost of forking a process with torch is copying its page tables; with huge pages they are tiny.
    """
    if sys.platform != "linux":
        return
    from torchdojo.worker import kernel

    private = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) rw.p 0+ 00:00 0 *(\[heap\])?$", re.MULTILINE)
    with contextlib.suppress(OSError):
        for start, end, _ in private.findall(Path("/proc/self/maps").read_text()):
            first = -(-int(start, 16) // HUGE_PAGE_BYTES) * HUGE_PAGE_BYTES
            for address in range(first, int(end, 16) // HUGE_PAGE_BYTES * HUGE_PAGE_BYTES, HUGE_PAGE_BYTES):
                kernel.collapse(address, HUGE_PAGE_BYTES)
