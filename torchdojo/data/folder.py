"""Images from a folder of files: train/<class>/*.jpg and test/<class>/*.jpg."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import torch

from torchdojo.data.cifar10 import MEAN, STD
from torchdojo.data.errors import DataError
from torchdojo.data.images import ImageSet

SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".webp"}
TEST_EVERY = 10  # without a test folder, every tenth training image


def load_folder(root: Path, split: Literal["train", "test"]) -> ImageSet:
    """Return the images of one split, resized to 32×32 with three channels.

    Each folder is a class; classes are numbered in the order of their names. The images are shuffled, always in the
    same way. Without a folder "test", every tenth training image is kept for testing.
    DataError if there is no such folder, if it holds no images, if "test" has a class that "train" does not
    have, or if an image cannot be read.
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
        files = [f for i, f in enumerate(files) if (i % TEST_EVERY == 0) == (split == "test")]
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
        found += [(path, label) for path in sorted(paths) if path.suffix.lower() in SUFFIXES]
    return found


def _pixels(path: Path) -> np.ndarray:
    from PIL import Image

    try:
        with Image.open(path) as picture:
            colour = picture.convert("RGB")
            return np.asarray(colour if colour.size == (32, 32) else colour.resize((32, 32)))
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise DataError(f"{path}: not an image that can be read ({error})") from None
