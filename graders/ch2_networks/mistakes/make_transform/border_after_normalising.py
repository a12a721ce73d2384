"""Border of the mean colour.

The crop comes after normalising. There a 0 is not black but the mean colour, so the border is grey. Crop the
picture first, normalise last.
"""

FAILS = ("training",)


def make_transform(train):
    steps = [transforms.ToTensor(), transforms.Normalize(CIFAR10_MEAN, CIFAR10_STD)]
    if train:
        steps = [*steps, transforms.RandomCrop(32, padding=4), transforms.RandomHorizontalFlip()]
    return transforms.Compose(steps)
