"""Make torchdojo/data/fashion_mnist.npy.xz: the first 400 + 100 images of each class of Fashion-MNIST.

Fashion-MNIST (Xiao, Rasul and Vollgraf, 2017, arXiv:1708.07747) is © Zalando SE and under the MIT licence. Its four
files are in Debian's package dataset-fashion-mnist, or come from https://github.com/zalandoresearch/fashion-mnist.

    python scripts/make_fashion_mnist.py /usr/share/datasets/fashion-mnist

The training images are the first 400 of each class in the training file, the test images the first 100 of each class in
the test file, in the files' order. Pixels are kept as they are: 28×28, one byte each.
"""

import gzip
import io
import lzma
import sys
from pathlib import Path

import numpy as np

OUT = Path(__file__).parents[1] / "torchdojo" / "data" / "fashion_mnist.npy.xz"
PIXELS = 28 * 28
PARTS = (("train", 400), ("t10k", 100))


def read(folder: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the pixels (N, 784) and labels (N,) of one of the two parts, uint8, in the file's order."""
    images = gzip.decompress((folder / f"{part}-images-idx3-ubyte.gz").read_bytes())
    labels = gzip.decompress((folder / f"{part}-labels-idx1-ubyte.gz").read_bytes())
    pixels = np.frombuffer(images, np.uint8, offset=16).reshape(-1, PIXELS)
    return pixels, np.frombuffer(labels, np.uint8, offset=8)


def first_of_each_class(pixels: np.ndarray, labels: np.ndarray, count: int) -> np.ndarray:
    """Return rows of 785 bytes, the label and the pixels of an image, in the file's order."""
    chosen = np.sort(np.concatenate([np.flatnonzero(labels == label)[:count] for label in range(10)]))
    return np.concatenate([labels[chosen, None], pixels[chosen]], axis=1)


def main() -> None:
    folder = Path(sys.argv[1])
    rows = np.concatenate([first_of_each_class(*read(folder, part), count) for part, count in PARTS])
    buffer = io.BytesIO()
    np.save(buffer, rows, allow_pickle=False)
    OUT.write_bytes(lzma.compress(buffer.getvalue(), preset=9 | lzma.PRESET_EXTREME))
    print(f"{OUT}: {len(rows)} images, {OUT.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
