"""Not normalised in training.

For testing all is right, but for training the numbers lie between 0 and 1: Normalize is missing there. A network that
learns on one scale and is measured on another does badly. Both need the same last two steps.
"""

FAILS = ("training",)


def make_transform(train):
    if train:
        steps = [transforms.RandomCrop(32, padding=4), transforms.RandomHorizontalFlip(), transforms.ToTensor()]
    else:
        steps = [transforms.ToTensor(), transforms.Normalize(CIFAR10_MEAN, CIFAR10_STD)]
    return transforms.Compose(steps)
