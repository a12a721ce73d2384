"""Mirrored upside down.

The picture is turned top to bottom. Cats stand on their feet: mirror left to right.
"""

FAILS = ("training",)


def make_transform(train):
    steps = [transforms.ToTensor(), transforms.Normalize(CIFAR10_MEAN, CIFAR10_STD)]
    if train:
        steps = [transforms.RandomCrop(32, padding=4), transforms.RandomVerticalFlip(), *steps]
    return transforms.Compose(steps)
