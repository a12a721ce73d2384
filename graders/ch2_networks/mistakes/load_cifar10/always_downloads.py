"""Downloads without being asked.

torchvision is asked to download, although download is False. Where files are missing, 170 MB are then downloaded that
nobody asked for.
"""

FAILS = ("download",)


def load_cifar10(root, train, download=False):
    return datasets.CIFAR10(root, train=train, transform=make_transform(train), download=True)
