"""A border that is not black.

The border repeats or mirrors the picture. Here it is filled with zeros: black.
Read: transforms.RandomCrop, padding_mode · https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.RandomCrop.html
"""

FAILS = ("training",)


def make_transform(train):
    steps = [transforms.ToTensor(), transforms.Normalize(CIFAR10_MEAN, CIFAR10_STD)]
    if train:
        steps = [
            transforms.RandomCrop(32, padding=4, padding_mode="reflect"),
            transforms.RandomHorizontalFlip(),
            *steps,
        ]
    return transforms.Compose(steps)
