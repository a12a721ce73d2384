"""Load images by the name that `--data` takes."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from torchdojo.data.cifar10 import load_cifar10
from torchdojo.data.errors import DataError
from torchdojo.data.fashion_mnist import load_fashion_mnist
from torchdojo.data.folder import load_folder
from torchdojo.data.images import ImageSet


def load_images(data: str, split: Literal["train", "test"], cache: Path) -> ImageSet:
    """Return a split of "fashion" (embedded), "cifar10" (downloaded into `cache`), or of a folder of images.

    DataError if it is missing or unreadable.
    """
    if data == "fashion":
        return load_fashion_mnist(split)
    if data == "cifar10":
        return load_cifar10(cache / "cifar10", split)
    if Path(data).is_dir():
        return load_folder(Path(data), split)
    raise DataError(f"--data {data}: neither fashion, nor cifar10, nor a folder")
