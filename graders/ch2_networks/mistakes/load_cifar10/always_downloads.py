"""Downloads without being asked.

torchvision is asked to download, although download is False. On a machine without a network the program then stops,
although it need not.
"""

FAILS = ("download",)


def load_cifar10(root, train, download=False):
    return datasets.CIFAR10(root, train=train, transform=make_transform(train), download=True)
