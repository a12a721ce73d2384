"""Random exactly when it should not be.

The random steps are applied for testing, and not for training. Read the condition again.
"""

FAILS = (
    "testing",
    "random",
)


def make_transform(train):
    steps = [transforms.ToTensor(), transforms.Normalize(CIFAR10_MEAN, CIFAR10_STD)]
    if not train:
        steps = [transforms.RandomCrop(32, padding=4), transforms.RandomHorizontalFlip(), *steps]
    return transforms.Compose(steps)
