"""Normalised with one half.

The picture was normalised with 0.5 and 0.5, as many examples do. Here the mean and the standard deviation are those of
CIFAR-10, given at the top of the file.
"""

FAILS = (
    "testing",
    "training",
)


def make_transform(train):
    steps = [transforms.ToTensor(), transforms.Normalize((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))]
    if train:
        steps = [transforms.RandomCrop(32, padding=4), transforms.RandomHorizontalFlip(), *steps]
    return transforms.Compose(steps)
