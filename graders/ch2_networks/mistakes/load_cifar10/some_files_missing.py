"""No download if the folder exists.

With `download=True` nothing is downloaded if the folder is there, although some of its files may be missing: a
download that broke off leaves such a folder. `datasets.CIFAR10` checks every file itself, so hand it `download` as it
is.
"""

FAILS = ("download",)


def load_cifar10(root: str | Path, train: bool, download: bool = False) -> datasets.CIFAR10:
    download = download and not (Path(root) / "cifar-10-batches-py").exists()
    return datasets.CIFAR10(root, train=train, transform=make_transform(train), download=download)
