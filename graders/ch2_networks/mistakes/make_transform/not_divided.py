"""Bytes of 0 to 255 normalised.

The numbers are about 255 times too large: the mean and the standard deviation are on the scale 0 to 1, and the
picture's bytes were not brought to that scale first. ToTensor divides by 255; a conversion by hand, or PILToTensor,
does not.
Read: transforms.ToTensor · https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.ToTensor.html
"""

FAILS = (
    "testing",
    "training",
)


def make_transform(train):
    steps = [
        transforms.PILToTensor(),
        transforms.ConvertImageDtype(torch.float32),
        lambda tensor: 255 * tensor,
        transforms.Normalize(CIFAR10_MEAN, CIFAR10_STD),
    ]
    if train:
        steps = [transforms.RandomCrop(32, padding=4), transforms.RandomHorizontalFlip(), *steps]
    return transforms.Compose(steps)
