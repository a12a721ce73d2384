"""A window of a different size.

The window has a random size and is stretched to 32×32. That is RandomResizedCrop. Here the window is always 32×32,
from the picture with its border.
"""

FAILS = ("training",)


def make_transform(train):
    steps = [transforms.ToTensor(), transforms.Normalize(CIFAR10_MEAN, CIFAR10_STD)]
    if train:
        steps = [transforms.RandomResizedCrop(32), transforms.RandomHorizontalFlip(), *steps]
    return transforms.Compose(steps)
