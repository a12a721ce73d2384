"""The test transform in training.

Training images come without the random crop and mirroring: the transform is made for testing in both cases.
"""

FAILS = ("training_images",)


def load_cifar10(root, train, download=False):
    return datasets.CIFAR10(root, train=train, transform=make_transform(False), download=download)
