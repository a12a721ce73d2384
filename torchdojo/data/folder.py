"""Images from a folder of files: train/<class>/*.jpg and test/<class>/*.jpg."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import torch

from torchdojo.data.errors import DataError
from torchdojo.data.images import ImageSet

ENDINGS = {".jpg", ".jpeg", ".png", ".bmp", ".webp"}
HELD_OUT = 10  # without a test folder every tenth training image is kept for testing
MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)  # CIFAR-10's


def load_folder(root: Path, split: Literal["train", "test"]) -> ImageSet:
    """Return the images of one split; each is brought to 32×32 and three channels.

    A class is a folder; classes are numbered in the order of their names. Files in a class are shuffled together with
    the others, always in the same way. Without a folder "test", every tenth training image is kept for testing.
    DataError if there is no such folder, if it holds no images, if "test" has a class that "train" has not, or if an
    image cannot be read.
    """
    train = root / "train"
    if not train.is_dir():
        raise DataError(f"{root}: expected a folder with train/<class>/*.jpg in it, and found no folder train")
    classes = tuple(sorted(p.name for p in train.iterdir() if p.is_dir()))
    source = root / split if (root / split).is_dir() else train
    unknown = sorted(p.name for p in source.iterdir() if p.is_dir() and p.name not in classes)
    if unknown:
        raise DataError(f"{source / unknown[0]}: {train} has no class of this name")
    files = _files(source, classes)
    if not (root / "test").is_dir():
        files = [f for i, f in enumerate(files) if (i % HELD_OUT == 0) == (split == "test")]
    if not files:
        raise DataError(f"{root / split}: no images (looked for <class>/*.jpg, .png, .bmp or .webp)")
    pixels = np.stack([_pixels(path) for path, _ in files])
    labels = torch.tensor([label for _, label in files])
    order = torch.randperm(len(files), generator=torch.Generator().manual_seed(0))
    images = torch.from_numpy(pixels).permute(0, 3, 1, 2)
    return ImageSet(root.name, classes, images[order].contiguous(), labels[order], MEAN, STD)


def _files(folder: Path, classes: tuple[str, ...]) -> list[tuple[Path, int]]:
    """Return (file, label) of each image, in the order of their names."""
    found: list[tuple[Path, int]] = []
    for label, name in enumerate(classes):
        paths = (folder / name).iterdir() if (folder / name).is_dir() else []
        found += [(path, label) for path in sorted(paths) if path.suffix.lower() in ENDINGS]
    return found


def _pixels(path: Path) -> np.ndarray:
    from PIL import Image

    try:
        with Image.open(path) as picture:
            colour = picture.convert("RGB")
            return np.asarray(colour if colour.size == (32, 32) else colour.resize((32, 32)))
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise DataError(f"{path}: not an image that can be read ({error})") from None
