"""The splits swapped.

Asked for the training images, it returns the test images, and vice versa.
"""

FAILS = ("split",)


def load_cifar10(root, train, download=False):
    return datasets.CIFAR10(root, train=not train, transform=make_transform(train), download=download)
