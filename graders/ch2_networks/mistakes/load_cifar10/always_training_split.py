"""The training split in both cases.

The data set holds the training images, even when the test images were asked for. The accuracy on them would look
splendid, and mean nothing.
"""

FAILS = ("split",)


def load_cifar10(root, train, download=False):
    return datasets.CIFAR10(root, train=True, transform=make_transform(train), download=download)
