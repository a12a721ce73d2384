"""Normalize before ToTensor.

Normalize was given a picture, and it works on tensors only. Put ToTensor in front of it.
Read: transforms.Normalize · https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.Normalize.html
"""

FAILS = (
    "testing",
    "training",
    "random",
)


def make_transform(train):
    steps = [transforms.Normalize(CIFAR10_MEAN, CIFAR10_STD), transforms.ToTensor()]
    if train:
        steps = [transforms.RandomCrop(32, padding=4), transforms.RandomHorizontalFlip(), *steps]
    return transforms.Compose(steps)
