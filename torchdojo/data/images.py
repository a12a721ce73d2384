"""A set of labelled 32×32 colour images, as a tensor or as a dataset."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.utils.data import Dataset

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True)
class ImageSet:
    """Images with labels.

    name: its title; classes: the name of each label
    images: (N, 3, 32, 32), uint8; labels: (N,), int64
    mean, std: of each channel over the training images, on the scale 0 to 1
    """

    name: str
    classes: tuple[str, ...]
    images: Tensor
    labels: Tensor
    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    def __len__(self) -> int:
        return len(self.labels)

    def first(self, count: int | None) -> ImageSet:
        """Return the first `count` images, or all of them."""
        if count is None or count >= len(self):
            return self
        return ImageSet(self.name, self.classes, self.images[:count], self.labels[:count], self.mean, self.std)

    def normalised(self) -> Tensor:
        """Return the images as float32, (N, 3, 32, 32): (x / 255 − mean) / std for each channel."""
        mean, std = (torch.tensor(numbers).view(3, 1, 1) for numbers in (self.mean, self.std))
        return self.images.float().div_(255).sub_(mean).div_(std)

    def dataset(self, transform: Callable[[Image], Any]) -> Dataset[tuple[Any, int]]:
        """Return a dataset of (transform(PIL image), label), as torchvision's datasets are."""
        return _Pictures(self, transform)


class _Pictures(Dataset[tuple[Any, int]]):
    def __init__(self, source: ImageSet, transform: Callable[[Image], Any]) -> None:
        self.source = source
        self.transform = transform

    def __len__(self) -> int:
        return len(self.source)

    def __getitem__(self, index: int) -> tuple[Any, int]:
        from PIL import Image

        picture = Image.fromarray(self.source.images[index].permute(1, 2, 0).contiguous().numpy())
        return self.transform(picture), int(self.source.labels[index])
