"""Never mirrored.

The window moves, but the picture is never mirrored.
Read: transforms.RandomHorizontalFlip · https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.RandomHorizontalFlip.html
"""

FAILS = ("random", "every_window_is_as_likely")


def make_transform(train):
    steps = [transforms.ToTensor(), transforms.Normalize(CIFAR10_MEAN, CIFAR10_STD)]
    if train:
        steps = [transforms.RandomCrop(32, padding=4), *steps]
    return transforms.Compose(steps)
