"""Random in testing too.

The random steps are applied in both cases. In testing the same picture must always give the same tensor.
"""

FAILS = (
    "testing",
    "testing",
)


def make_transform(train):
    steps = [transforms.ToTensor(), transforms.Normalize(CIFAR10_MEAN, CIFAR10_STD)]
    for _ in range(1):
        steps = [transforms.RandomCrop(32, padding=4), transforms.RandomHorizontalFlip(), *steps]
    return transforms.Compose(steps)
