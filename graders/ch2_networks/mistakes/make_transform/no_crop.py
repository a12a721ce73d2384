"""Mirrored, but not moved.

The picture is mirrored at random, but the window never moves.
Read: transforms.RandomCrop · https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.RandomCrop.html
"""

FAILS = ("random", "every_window_is_as_likely")


def make_transform(train):
    steps = [transforms.ToTensor(), transforms.Normalize(CIFAR10_MEAN, CIFAR10_STD)]
    if train:
        steps = [transforms.RandomHorizontalFlip(), *steps]
    return transforms.Compose(steps)
