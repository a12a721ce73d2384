"""Always mirrored.

Every training picture is mirrored. It should happen in half of the cases, so that the network sees both.
"""

FAILS = ("random", "every_window_is_as_likely")


def make_transform(train):
    steps = [transforms.ToTensor(), transforms.Normalize(CIFAR10_MEAN, CIFAR10_STD)]
    if train:
        steps = [transforms.RandomCrop(32, padding=4), transforms.RandomHorizontalFlip(p=1.0), *steps]
    return transforms.Compose(steps)
