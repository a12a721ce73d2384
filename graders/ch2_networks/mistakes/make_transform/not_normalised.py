"""Not normalised.

The numbers lie between 0 and 1: no mean was subtracted, and they were not divided by a standard deviation. The last
step is Normalize, with CIFAR-10's mean and standard deviation.
Read: transforms.Normalize · https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.Normalize.html
"""

FAILS = (
    "testing",
    "training",
)


def make_transform(train):
    steps = [transforms.ToTensor()]
    if train:
        steps = [transforms.RandomCrop(32, padding=4), transforms.RandomHorizontalFlip(), *steps]
    return transforms.Compose(steps)
