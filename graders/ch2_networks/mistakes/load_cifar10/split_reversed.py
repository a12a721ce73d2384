"""The splits swapped.

Asked for the training images, it gives the test images, and the other way round.
"""

FAILS = ("split",)


def load_cifar10(root, train, download=False):
    return datasets.CIFAR10(root, train=not train, transform=make_transform(train), download=download)
