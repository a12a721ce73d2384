"""A different exception.

Missing files are reported as something other than a RuntimeError. Whoever catches what torchvision raises will not
catch this.
"""

FAILS = ("download",)


def load_cifar10(root, train, download=False):
    if not download and not (Path(root) / "cifar-10-batches-py").is_dir():
        raise FileNotFoundError(f"there is no CIFAR-10 in {root}")
    return datasets.CIFAR10(root, train=train, transform=make_transform(train), download=download)
