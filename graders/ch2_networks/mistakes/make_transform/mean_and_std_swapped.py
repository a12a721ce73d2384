"""Mean and standard deviation swapped.

The standard deviation was subtracted, and the result divided by the mean. Normalize takes the mean first.
"""

FAILS = (
    "testing",
    "training",
)


def make_transform(train):
    steps = [transforms.ToTensor(), transforms.Normalize(CIFAR10_STD, CIFAR10_MEAN)]
    if train:
        steps = [transforms.RandomCrop(32, padding=4), transforms.RandomHorizontalFlip(), *steps]
    return transforms.Compose(steps)
