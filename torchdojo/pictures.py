"""What the pictures of `dojo run` share: colours, and axes without clutter."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BLUE, ORANGE, RED, GREEN, GREY, DARK = "#3b6fb6", "#e08a2c", "#b3323a", "#3f8f5f", "#9a9a9a", "#333333"


def tidy(axes: Iterable[Axes]) -> None:
    """Take away the upper and right frame, and add a faint grid."""
    for each in axes:
        each.spines[["top", "right"]].set_visible(False)
        each.grid(alpha=0.15)


def bare(axes: Axes, title: str = "", **text: Any) -> None:
    """Leave nothing but the picture in it, and a title above."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    if title:
        axes.set_title(title, **text)


def smooth(numbers: Iterable[float], width: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the means of `width` neighbours, and where each of them belongs (the window's centre)."""
    kept = np.asarray(list(numbers), dtype=float)
    width = max(1, min(width, len(kept)))
    means = np.convolve(kept, np.ones(width) / width, mode="valid")
    return np.arange(len(means)) + (width - 1) / 2, means
