"""Nothing random in training.

For training, every call gives the same tensor. The random crop and the mirroring are missing.
"""

FAILS = ("random", "every_window_is_as_likely")


def make_transform(train):
    steps = [transforms.ToTensor(), transforms.Normalize(CIFAR10_MEAN, CIFAR10_STD)]
    if train:
        steps = list(steps)
    return transforms.Compose(steps)
