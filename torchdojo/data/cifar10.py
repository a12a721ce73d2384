"""CIFAR-10 as torchvision downloads it, checked by md5."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Literal

import torch

from torchdojo.data.errors import DataError
from torchdojo.data.images import ImageSet
from torchdojo.data.vision import prepare_torchvision

MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
OFFLINE_ADVICE = "Without a network: --data fashion (built in), or --data FOLDER with train/<class>/*.jpg in it."


def load_cifar10(root: Path, split: Literal["train", "test"]) -> ImageSet:
    """Return the 50,000 training or the 10,000 test images (Krizhevsky, 2009), downloaded once into `root`.

    DataError if they cannot be downloaded or written; nothing half-written is left.
    """
    prepare_torchvision()
    from torchvision.datasets import CIFAR10

    try:
        found = CIFAR10(str(root), train=split == "train")
    except (RuntimeError, OSError):
        _download(root)
        found = CIFAR10(str(root), train=split == "train")
    images = torch.from_numpy(found.data).permute(0, 3, 1, 2).contiguous()
    return ImageSet("CIFAR-10", tuple(found.classes), images, torch.tensor(found.targets), MEAN, STD)


def _download(root: Path) -> None:
    """Download into a temporary folder, and move it into place once it is complete."""
    from torchvision.datasets import CIFAR10

    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=root, prefix="download-") as folder:
            CIFAR10(folder, download=True)
            target = root / CIFAR10.base_folder
            shutil.rmtree(target, ignore_errors=True)
            (Path(folder) / CIFAR10.base_folder).replace(target)
    except (OSError, RuntimeError, EOFError) as error:
        reason = getattr(error, "reason", None) or error
        raise DataError(f"CIFAR-10 cannot be downloaded from {CIFAR10.url} ({reason}). {OFFLINE_ADVICE}") from None
