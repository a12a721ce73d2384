"""The embedded images: a part of Fashion-MNIST, so that everything works offline.

Fashion-MNIST: Xiao, Rasul and Vollgraf, 2017, arXiv:1708.07747; © 2017 Zalando SE, MIT licence, see
LICENSE-fashion-mnist.md beside this file. scripts/make_fashion_mnist.py took the first 400 training and the first 100
test images of each class.
"""

from __future__ import annotations

import functools
import io
import lzma
from pathlib import Path
from typing import Literal

import numpy as np
import torch

from torchdojo.data.errors import DataError
from torchdojo.data.images import ImageSet

CLASSES = ("T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")
FILE = Path(__file__).with_name("fashion_mnist.npy.xz")
TRAIN_IMAGES = 4000
SIDE_PIXELS, BORDER_PIXELS = 28, 2
MEAN, STD = 0.2196, 0.3330  # of the 4,000 training images, their black border included


def load_fashion_mnist(split: Literal["train", "test"]) -> ImageSet:
    """Return the 4,000 training or the 1,000 test images, classes in equal parts.

    The grey 28×28 images get a black border of 2 pixels and three equal channels. DataError if the file is damaged.
    """
    rows = _rows()
    rows = rows[:TRAIN_IMAGES] if split == "train" else rows[TRAIN_IMAGES:]
    grey = torch.from_numpy(rows[:, 1:].reshape(-1, 1, SIDE_PIXELS, SIDE_PIXELS).copy())
    images = torch.nn.functional.pad(grey, (BORDER_PIXELS,) * 4).expand(-1, 3, -1, -1).contiguous()
    labels = torch.from_numpy(rows[:, 0].astype(np.int64))
    return ImageSet("Fashion-MNIST", CLASSES, images, labels, (MEAN,) * 3, (STD,) * 3)


@functools.cache
def _rows() -> np.ndarray:
    try:
        rows: np.ndarray = np.load(io.BytesIO(lzma.decompress(FILE.read_bytes())), allow_pickle=False)
    except (OSError, lzma.LZMAError, ValueError) as error:
        raise DataError(f"{FILE} cannot be read ({error}); install torchdojo again") from None
    return rows
